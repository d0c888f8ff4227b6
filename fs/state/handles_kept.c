#include "fs/state/handles_kept.h"

#include "core/base/buf.h"
#include "core/base/fault.h"
#include "core/set/content.h"
#include "fs/state/blocks.h"
#include "fs/state/handle.h"
#include "fs/state/node.h"
#include "fs/state/upload.h"
#include "fs/takeover/shared.h"

int handles_kept_new(const struct shared *shared, struct handles_kept *ret, struct fault *f)
{
    *ret = (struct handles_kept){.cells = shared_cells(shared, SHARED_HANDLES)};
    ret->top = top_of(shared, TOP_HANDLES, ret->cells.count);
    ret->pages = shared_cells(shared, SHARED_PAGES);
    if (opens_new(shared, &ret->opens, f) != 0 || places_new(ret->cells.count, &ret->places, f) != 0)
        return -1;
    return uploads_kept_new(shared, &ret->uploads, f);
}

void handles_kept_done(struct handles_kept *kept)
{
    opens_done(&kept->opens);
    places_done(&kept->places);
    uploads_kept_done(&kept->uploads);
}

/* ---- keeping ---- */

void handles_kept_file(struct handles_kept *kept, struct handle *handle)
{
    const struct kept_open open = {.inode = handle->number,
                                   .unique = handle->request,
                                   .opens = handle->opens,
                                   .cached = handle->cached,
                                   .size = handle->size,
                                   .committed = handle->committed};
    handle->place = opens_keep(&kept->opens, handle->place, &open);
    kept->unkept |= handle->place == PLACES_NONE && kept->opens.cells.count > 0;
}

/* It does not change once it is read. */
static void handles_kept_answer(struct handles_kept *kept, struct handle *handle)
{
    if (handle->kind == NODE_ANSWER && handle->text_block == 0 && handle->text != NULL)
        handle->text_block = blocks_keep(kept->uploads.blocks, content_peek(handle->text));
}

void handles_kept_begin(struct handles_kept *kept, struct handle *handle)
{
    handle->place = places_take(&kept->places);
    kept->unkept |= handle->place == PLACES_NONE && kept->cells.count > 0;
}

void handles_kept_other(struct handles_kept *kept, struct handle *handle)
{
    if (handle->place == PLACES_NONE)
        return;
    handles_kept_answer(kept, handle);
    const struct kept_handle value = {.number = handle->number,
                                      .request = handle->request,
                                      .seen = handle->seen,
                                      .poll = handle->poll,
                                      .text_size = handle->text_size,
                                      .kind = handle->kind,
                                      .uid = handle->uid,
                                      .counted = handle->shares != NULL,
                                      .has_text = handle->text != NULL || handle->cut,
                                      .text_block = handle->text_block,
                                      .upload = handle->upload == NULL ? 0 : (uint32_t)(handle->upload->place + 1)};
    top_raise(&kept->top, handle->place);
    cells_put(&kept->cells, handle->place, &value);
}

void handles_kept_pages(struct handles_kept *kept, uint64_t inode)
{
    const struct kept_pages pages = {.inode = inode};
    cells_put(&kept->pages, kept->next_pages++ % HANDLES_PAGES_MAX, &pages);
}

uint64_t handles_kept_pages_at(const struct handles_kept *kept, size_t index)
{
    struct kept_pages pages;
    return cells_get(&kept->pages, index, &pages) ? pages.inode : 0;
}

void handles_kept_close(struct handles_kept *kept, struct handle *handle)
{
    if (handle->number >> 63 == 0) {
        opens_drop(&kept->opens, handle->place);
        return;
    }
    cells_clear(&kept->cells, handle->place);
    places_free(&kept->places, handle->place);
    blocks_drop(kept->uploads.blocks, handle->text_block);
    if (handle->upload != NULL)
        upload_kept_end(handle->upload);
}

/* ---- restoring ---- */

bool handles_kept_next_file(struct handles_kept *kept, size_t *place, struct handle *ret)
{
    struct kept_open open;
    if (!opens_next(&kept->opens, place, &open))
        return false;
    *ret = (struct handle){.number = open.inode,
                           .kind = node_of(open.inode).kind,
                           .opens = open.opens,
                           .cached = open.cached != 0,
                           .size = open.size,
                           .committed = open.committed,
                           .place = *place,
                           .request = open.unique,
                           .restored = true};
    return true;
}

static int handles_restore_upload(struct handles_kept *kept, uint32_t number, struct handle *handle, struct fault *f)
{
    handle->upload = upload_new();
    if (handle->upload == NULL)
        return fault_no_memory(f);
    if (upload_kept_restore(&kept->uploads, (size_t)number - 1, handle->upload, f) == 0)
        return 0;
    upload_free(TAKE(handle->upload));
    return -1;
}

static int handles_restore_answer(struct handles_kept *kept, size_t size, struct handle *handle, struct fault *f)
{
    CLEANUP(buf_done) struct buf text = {0};
    if (blocks_restore(kept->uploads.blocks, handle->text_block, size, &text, f) != 0)
        return -1;
    handle->text = content_new(&text);
    return handle->text == NULL ? fault_no_memory(f) : 0;
}

/* Whether it can be used without what else is kept of it: all but a document. */
static bool handles_restore_rest(struct handles_kept *kept, const struct kept_handle *value, struct handle *ret)
{
    struct fault f = {.reason = REASON_NONE};
    if (ret->kind == NODE_CONTROL || ret->kind == NODE_IMPORT_FILE)
        return handles_restore_upload(kept, value->upload, ret, &f) == 0;
    if (value->text_block != 0 && handles_restore_answer(kept, value->text_size, ret, &f) != 0)
        ret->text_block = 0;
    return ret->kind != NODE_NONE;
}

static struct handle handles_restore_handle(const struct kept_handle *value, size_t place)
{
    return (struct handle){.number = value->number,
                           .kind = value->kind < NODE_KINDS ? (enum node_kind)value->kind : NODE_NONE,
                           .opens = 1,
                           .place = place,
                           .request = value->request,
                           .restored = true,
                           .uid = value->uid,
                           .counted = value->counted != 0,
                           .text_size = value->text_size,
                           .seen = value->seen,
                           .poll = value->poll,
                           .cut = value->has_text != 0,
                           .text_block = value->text_block};
}

bool handles_kept_next_other(struct handles_kept *kept, size_t *place, struct handle *ret)
{
    struct kept_handle value;
    for (; *place < kept->top.end; ++*place) {
        if (!cells_get(&kept->cells, *place, &value))
            continue;
        *ret = handles_restore_handle(&value, *place);
        if (handles_restore_rest(kept, &value, ret))
            return places_occupy(&kept->places, *place);
    }
    return false;
}

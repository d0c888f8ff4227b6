#include "fs/state/handles.h"

#include <search.h>
#include <stdlib.h>

#include "core/base/fault.h"
#include "core/set/content.h"
#include "core/set/resource.h"
#include "fs/state/handles_kept.h"
#include "fs/state/handles_state.h"
#include "fs/state/node.h"
#include "fs/state/places.h"
#include "fs/state/upload.h"
#include "fs/state/upload_kept.h"
#include "fs/takeover/shared.h"

static int handles_compare(const void *a, const void *b)
{
    uint64_t left = ((const struct handle *)a)->number;
    uint64_t right = ((const struct handle *)b)->number;
    return left < right ? -1 : left > right;
}

int handles_new(const struct shared *shared, struct handles **ret, struct fault *f)
{
    struct handles *handles = malloc(sizeof(*handles));
    if (handles == NULL)
        return fault_no_memory(f);
    *handles = (struct handles){.lock = PTHREAD_MUTEX_INITIALIZER, .next = shared_first_number(shared)};
    TAILQ_INIT(&handles->waiting);
    LIST_INIT(&handles->written);
    *ret = handles;
    if (handles_kept_new(shared, &handles->kept, f) == 0)
        return 0;
    handles_freep(ret);
    *ret = NULL;
    return -1;
}

static void handles_release(void *entry)
{
    struct handle *handle = entry;
    content_unref(handle->content);
    resource_unref(handle->resource);
    content_unref(handle->text);
    upload_free(handle->upload);
    free(handle->file);
    free(handle);
}

void handles_freep(struct handles **handles)
{
    if (*handles == NULL)
        return;
    tdestroy((*handles)->tree, handles_release);
    handles_kept_done(&(*handles)->kept);
    pthread_mutex_destroy(&(*handles)->lock);
    free(*handles);
}

struct handle *handles_find(struct handles *handles, uint64_t number)
{
    const struct handle key = {.number = number};
    struct handle **found = tfind(&key, &handles->tree, handles_compare);
    return found == NULL ? NULL : *found;
}

/* Inserts a copy of `made`, which is complete before handles_revoke can see it in the tree. NULL if that fails. */
static struct handle *handles_insert(struct handles *handles, const struct handle *made)
{
    struct handle *handle = malloc(sizeof(*handle));
    if (handle == NULL)
        return NULL;
    *handle = *made;
    pthread_mutex_lock(&handles->lock);
    bool inserted = tsearch(handle, &handles->tree, handles_compare) != NULL;
    pthread_mutex_unlock(&handles->lock);
    if (!inserted)
        free(handle);
    if (inserted && handle->upload != NULL)
        LIST_INSERT_HEAD(&handles->written, handle, written);
    return inserted ? handle : NULL;
}

/* ---- files of sets ---- */

/* Whether a worker before this one has counted this request, which comes again. */
static bool handles_has_counted(const struct handle *handle, uint64_t request)
{
    return handle->restored && request != 0 && handle->request == request;
}

/* After a change of `opens`. */
static void handles_keep_file(struct handles *handles, struct handle *handle, uint64_t request)
{
    handle->request = request;
    handle->restored = false;
    handles_kept_file(&handles->kept, handle);
}

bool handles_reopen(struct handles *handles, uint64_t inode, uint64_t request)
{
    struct handle *handle = handles_find(handles, inode);
    if (handle == NULL || handle->content == NULL)
        return false;
    if (handles_has_counted(handle, request))
        return true;
    handle->opens++;
    handles_keep_file(handles, handle, request);
    return true;
}

/* One that was restored without content, and has it now. */
static bool handles_supply(struct handles *handles, const struct handle *file)
{
    struct handle *handle = handles_find(handles, file->number);
    if (handle == NULL)
        return false;
    pthread_mutex_lock(&handles->lock);
    handle->content = content_ref(file->content);
    handle->resource = resource_ref(file->resource);
    handle->committed = file->committed;
    pthread_mutex_unlock(&handles->lock);
    return handles_reopen(handles, file->number, file->request);
}

int handles_open_file(struct handles *handles, const struct handle *file, struct fault *f)
{
    struct handle made = *file;
    if (handles_supply(handles, file))
        return 0;
    made.opens = 1;
    made.size = content_size(file->content);
    made.place = PLACES_NONE;
    content_ref(made.content);
    resource_ref(made.resource);
    struct handle *handle = handles_insert(handles, &made);
    if (handle != NULL) {
        handles_keep_file(handles, handle, file->request);
        return 0;
    }
    content_unref(made.content);
    resource_unref(made.resource);
    return fault_no_memory(f);
}

void handles_set_cached(struct handles *handles, struct handle *handle)
{
    if (handle->cached)
        return;
    handle->cached = true;
    handles_kept_file(&handles->kept, handle);
}

bool handles_take_cached(struct handles *handles, struct handle *handle)
{
    if (!handle->cached)
        return false;
    handle->cached = false;
    handles_kept_pages(&handles->kept, handle->number);
    handles_kept_file(&handles->kept, handle);
    return true;
}

bool handles_recall_pages(struct handles *handles, size_t index, uint64_t *ret)
{
    *ret = handles_kept_pages_at(&handles->kept, index);
    return index < HANDLES_PAGES_MAX;
}

/* ---- everything else ---- */

int handles_open(struct handles *handles, enum node_kind kind, struct handle **ret, struct fault *f)
{
    /* The highest bit keeps these numbers apart from inode numbers of sets (node.h). */
    const struct handle empty = {
        .kind = kind, .number = UINT64_C(1) << 63 | handles->next++, .opens = 1, .place = PLACES_NONE};
    *ret = handles_insert(handles, &empty);
    return *ret == NULL ? fault_no_memory(f) : 0;
}

void handles_keep(struct handles *handles, struct handle *handle, uint64_t request)
{
    pthread_mutex_lock(&handles->lock);
    handle->request = request;
    if (handle->place == PLACES_NONE)
        handles_kept_begin(&handles->kept, handle);
    if (handle->upload != NULL)
        upload_kept_put(handle->upload, UPLOAD_COLLECTING);
    handles_kept_other(&handles->kept, handle);
    pthread_mutex_unlock(&handles->lock);
}

struct upload *handles_add_upload(struct handles *handles, struct handle *handle)
{
    handle->upload = upload_new();
    if (handle->upload == NULL)
        return NULL;
    LIST_INSERT_HEAD(&handles->written, handle, written);
    if (!upload_kept_begin(handle->upload, &handles->kept.uploads))
        handles->kept.unkept |= handles->kept.uploads.cells.count > 0;
    return handle->upload;
}

bool handles_close(struct handles *handles, uint64_t number, uint64_t request)
{
    struct handle *handle = handles_find(handles, number);
    if (handle == NULL || handles_has_counted(handle, request))
        return false;
    if (--handle->opens > 0) {
        handles_keep_file(handles, handle, request);
        return false;
    }
    pthread_mutex_lock(&handles->lock);
    tdelete(handle, &handles->tree, handles_compare);
    pthread_mutex_unlock(&handles->lock);
    handles_kept_close(&handles->kept, handle);
    if (handle->upload != NULL)
        LIST_REMOVE(handle, written);
    handles_release(handle);
    return true;
}

bool handles_take_unkept(struct handles *handles)
{
    bool unkept = handles->kept.unkept;
    handles->kept.unkept = false;
    return unkept;
}

/* ---- for a successor ---- */

static int handles_restore_one(struct handles *handles, struct handle *made, void (*restored)(void *, struct handle *),
                               void *context, struct fault *f)
{
    restored(context, made);
    struct handle *handle = handles_insert(handles, made);
    if (handle != NULL && handle->poll != 0)
        TAILQ_INSERT_TAIL(&handles->waiting, handle, waiting);
    return handle == NULL ? fault_no_memory(f) : 0;
}

int handles_restore(struct handles *handles, void (*restored)(void *context, struct handle *handle), void *context,
                    struct fault *f)
{
    struct handle made;
    for (size_t place = 0; handles_kept_next_file(&handles->kept, &place, &made); place++)
        if (handles_restore_one(handles, &made, restored, context, f) != 0)
            return -1;
    for (size_t place = 0; handles_kept_next_other(&handles->kept, &place, &made); place++)
        if (handles_restore_one(handles, &made, restored, context, f) != 0)
            return -1;
    return 0;
}

struct opened {
    uint64_t request;
    struct handle *ret;
};

static void handles_match_opened(const void *node, VISIT visit, void *context)
{
    struct handle *handle = *(struct handle *const *)node;
    struct opened *opened = context;
    if ((visit == postorder || visit == leaf) && handles_has_counted(handle, opened->request))
        opened->ret = handle;
}

struct handle *handles_opened_by(struct handles *handles, uint64_t request)
{
    struct opened opened = {.request = request};
    twalk_r(handles->tree, handles_match_opened, &opened);
    return opened.ret;
}

bool handles_has_writer(struct handles *handles, pid_t thread)
{
    const struct handle *handle;
    LIST_FOREACH(handle, &handles->written, written)
    {
        if (thread != 0 && handle->upload->writer.thread == thread)
            return true;
    }
    return false;
}

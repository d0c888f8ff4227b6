#include "fs/state/upload_kept.h"

#include <stdio.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/fault.h"
#include "core/base/text.h"
#include "fs/report/journal.h"
#include "fs/takeover/shared.h"

enum { KEPT_COLLECTING = 1, KEPT_RUNNING, KEPT_JUDGED };

int uploads_kept_new(const struct shared *shared, struct uploads_kept *ret, struct fault *f)
{
    *ret = (struct uploads_kept){.cells = shared_cells(shared, SHARED_UPLOADS)};
    if (places_new(ret->cells.count, &ret->places, f) != 0)
        return -1;
    return blocks_new(shared, &ret->blocks, f);
}

void uploads_kept_done(struct uploads_kept *kept)
{
    places_done(&kept->places);
    blocks_freep(&kept->blocks);
}

bool upload_kept_begin(struct upload *upload, struct uploads_kept *kept)
{
    upload->kept = kept;
    upload->place = places_take(&kept->places);
    return upload->place != PLACES_NONE;
}

/* ---- keeping ---- */

static struct kept_fault upload_kept_fault(const struct fault *fault)
{
    struct kept_fault kept = {.os_errno = fault->os_errno};
    if (fault->reason == REASON_NONE)
        return kept;
    snprintf(kept.reason, sizeof(kept.reason), "%s", reason_name(fault->reason));
    memcpy(kept.field, fault->field, sizeof(kept.field));
    memcpy(kept.message, fault->message, sizeof(kept.message));
    return kept;
}

static struct kept_writer upload_kept_writer(const struct writer *writer)
{
    struct kept_writer kept = {.login = writer->login,
                               .import = writer->via == VIA_IMPORT,
                               .uid = writer->uid,
                               .gid = writer->gid,
                               .pid = writer->pid,
                               .thread = writer->thread};
    memcpy(kept.program, writer->program, sizeof(kept.program));
    return kept;
}

void upload_kept_put(const struct upload *upload, enum upload_state state)
{
    if (upload->kept == NULL)
        return;
    const struct kept_upload kept = {.newest = upload->newest,
                                     .completing = upload->completing,
                                     .flush = upload->flush,
                                     .newest_read = upload->newest_read,
                                     .before = upload->before,
                                     .taken = upload->parts > 0 ? upload->parts : upload->frame.taken,
                                     .answer_size = upload->answer.len,
                                     .answer_read = upload->answer_read,
                                     .read_from = upload->read_from,
                                     .state = (uint32_t)state + KEPT_COLLECTING,
                                     .answer_block = upload->answer_block,
                                     .full = upload->full,
                                     .unreported = upload->unreported,
                                     .meant = upload->meant,
                                     .flushed = upload->flushed,
                                     .opener = upload->opener,
                                     .writer = upload_kept_writer(&upload->writer),
                                     .verdict = upload_kept_fault(&upload->verdict),
                                     .late = upload_kept_fault(&upload->late)};
    cells_put(&upload->kept->cells, upload->place, &kept);
}

void upload_kept_answer(struct upload *upload)
{
    if (upload->kept != NULL && upload->place != PLACES_NONE)
        upload->answer_block = blocks_keep(upload->kept->blocks, buf_span(&upload->answer));
}

void upload_kept_drop_answer(struct upload *upload)
{
    uint32_t block = upload->answer_block;
    upload->answer_block = 0;
    upload_kept_put(upload, UPLOAD_RUNNING);
    if (upload->kept != NULL)
        blocks_drop(upload->kept->blocks, block);
}

void upload_kept_end(const struct upload *upload)
{
    if (upload->kept == NULL)
        return;
    cells_clear(&upload->kept->cells, upload->place);
    places_free(&upload->kept->places, upload->place);
    blocks_drop(upload->kept->blocks, upload->answer_block);
}

/* ---- restoring ---- */

static struct fault upload_restore_fault(const struct kept_fault *kept)
{
    struct fault fault = {.reason = REASON_NONE};
    if (kept->reason[0] == '\0')
        return fault;
    fault.reason = reason_find(kept->reason);
    if (fault.reason == REASON_NONE) /* one of another version */
        fault.reason = REASON_BUSY;
    fault.os_errno = kept->os_errno;
    text_copy(kept->field, sizeof(kept->field), fault.field, sizeof(fault.field));
    text_copy(kept->message, sizeof(kept->message), fault.message, sizeof(fault.message));
    return fault;
}

static struct writer upload_restore_writer(const struct kept_writer *kept)
{
    struct writer writer = {.via = kept->import != 0 ? VIA_IMPORT : VIA_CONTROL,
                            .uid = kept->uid,
                            .gid = kept->gid,
                            .pid = kept->pid,
                            .thread = kept->thread,
                            .login = kept->login};
    text_copy(kept->program, sizeof(kept->program), writer.program, sizeof(writer.program));
    return writer;
}

/* An answer that is not there is lost; the verdict is not. */
static void upload_restore_answer(const struct kept_upload *kept, struct upload *upload)
{
    struct fault f = {.reason = REASON_NONE};
    bool whole = blocks_restore(upload->kept->blocks, kept->answer_block, kept->answer_size, &upload->answer, &f) == 0;
    upload->answer_lost = !whole && kept->answer_read < kept->answer_size;
    if (!whole) {
        buf_done(&upload->answer);
        return;
    }
    upload->answer_block = kept->answer_block;
    upload->answer_read = kept->answer_read < kept->answer_size ? kept->answer_read : kept->answer_size;
    upload->read_from = kept->read_from < upload->answer_read ? kept->read_from : upload->answer_read;
    upload->newest_read = kept->newest_read;
}

/* One that was being judged has lost what it had, unless it comes again. */
static size_t upload_restore_parts(const struct kept_upload *kept)
{
    if (kept->state == KEPT_JUDGED)
        return 0;
    return kept->state == KEPT_RUNNING && kept->taken == 0 ? 1 : kept->taken;
}

int upload_kept_restore(struct uploads_kept *kept, size_t place, struct upload *upload, struct fault *f)
{
    struct kept_upload from;
    if (!cells_get(&kept->cells, place, &from) || !places_occupy(&kept->places, place))
        return fault_set(f, REASON_SYSTEM, "", "nothing is kept of a document that is open");
    bool judged = from.state == KEPT_JUDGED;
    upload->kept = kept;
    upload->place = place;
    upload->newest = from.newest;
    upload->before = from.before;
    upload->completing = from.completing;
    upload->flush = from.flush;
    upload->parts = upload_restore_parts(&from);
    upload->full = from.full != 0;
    upload->unreported = from.unreported != 0;
    upload->meant = from.meant != 0;
    upload->flushed = from.flushed != 0;
    upload->opener = from.opener;
    upload->writer = upload_restore_writer(&from.writer);
    upload->verdict = upload_restore_fault(&from.verdict);
    upload->late = upload_restore_fault(&from.late);
    enum upload_state state = judged ? UPLOAD_JUDGED : from.state == KEPT_RUNNING ? UPLOAD_RUNNING : UPLOAD_COLLECTING;
    atomic_store_explicit(&upload->state, state, memory_order_relaxed);
    if (judged)
        upload_restore_answer(&from, upload);
    return 0;
}

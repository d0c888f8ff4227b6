#include "fs/state/upload.h"

#include <stdlib.h>
#include <string.h>

#include "core/action/answer.h"
#include "core/base/buf.h"
#include "core/json/grammar.h"
#include "fs/host/process.h"
#include "fs/state/places.h"
#include "fs/state/upload_kept.h"

struct upload *upload_new(void)
{
    struct upload *upload = calloc(1, sizeof(*upload));
    if (upload != NULL)
        upload->place = PLACES_NONE;
    return upload;
}

void upload_free(struct upload *upload)
{
    if (upload == NULL)
        return;
    frame_done(&upload->frame);
    buf_done(&upload->answer);
    free(upload);
}

static enum upload_state upload_state_of(const struct upload *upload)
{
    return atomic_load_explicit(&upload->state, memory_order_acquire);
}

bool upload_is_collecting(const struct upload *upload)
{
    return upload_state_of(upload) == UPLOAD_COLLECTING;
}

bool upload_is_judged(const struct upload *upload)
{
    return upload_state_of(upload) == UPLOAD_JUDGED;
}

/* Looks up the process once for all writes of a thread. */
void upload_set_writer(struct upload *upload, uid_t uid, gid_t gid, pid_t thread)
{
    struct writer *writer = &upload->writer;
    struct process process;
    writer->uid = uid;
    writer->gid = gid;
    if (thread != 0 && writer->thread == thread)
        return;
    process_of_thread(thread, &process);
    writer->thread = thread;
    writer->pid = process.pid;
    writer->login = process.login;
    memcpy(writer->program, process.program, sizeof(writer->program));
}

/* Takes white space behind the document and refuses anything else; the import stands. */
static enum upload_step upload_take_late(struct upload *upload, struct span piece, struct fault *f)
{
    for (size_t i = 0; i < piece.len && upload->late.reason == REASON_NONE; i++)
        if (!grammar_is_space(piece.data[i]))
            fault_set(&upload->late, REASON_MALFORMED_JSON, "",
                      "nothing may follow the document on the same descriptor; what was imported before it stands");
    *f = upload->late;
    return f->reason == REASON_NONE ? UPLOAD_TAKEN : UPLOAD_REPEATED;
}

static void upload_set_state(struct upload *upload, enum upload_state state)
{
    upload_kept_put(upload, state);
    atomic_store_explicit(&upload->state, state, memory_order_release);
}

/* A write that comes again is not counted twice: a worker before this one had taken it. */
static bool upload_writes_again(const struct upload *upload)
{
    return upload->request != 0 && upload->newest == upload->request;
}

void upload_begin_write(struct upload *upload, uint64_t request)
{
    upload->request = request;
    if (upload->parts > 0) {
        if (upload_writes_again(upload) && upload->before == 0)
            upload->parts = 0;
        atomic_store_explicit(&upload->state, UPLOAD_COLLECTING, memory_order_relaxed);
    }
}

int upload_check_whole(const struct upload *upload, struct fault *f)
{
    if (upload->parts == 0)
        return 0;
    return fault_set(f, REASON_BUSY, "", "certfs was restarted; write it again: the beginning of the document is lost");
}

int upload_begin_flush(struct upload *upload, uint64_t request, bool again, struct fault *f)
{
    upload->request = request;
    return again && upload_state_of(upload) == UPLOAD_RUNNING ? 0 : upload_check_whole(upload, f);
}

/* The size of the newest write, and whether the fault of the one before it was returned. */
static void upload_note_size(struct upload *upload, size_t size)
{
    if (upload_writes_again(upload))
        return;
    upload->unreported = upload->full;
    upload->full = size >= UPLOAD_FULL;
    upload->before = upload->frame.taken;
    upload->newest = upload->request;
}

static enum upload_step upload_take_part(struct upload *upload, struct span piece, struct fault *f)
{
    if (upload_check_whole(upload, f) != 0 || frame_take(&upload->frame, piece, f) != 0)
        return UPLOAD_REFUSED;
    if (upload->frame.complete)
        upload->completing = upload->newest;
    upload_set_state(upload, upload->frame.complete ? UPLOAD_RUNNING : UPLOAD_COLLECTING);
    return upload->frame.complete ? UPLOAD_SUBMIT : UPLOAD_TAKEN;
}

/* A write that comes again gets the result that it has, or would have got. */
static enum upload_step upload_take_judged(struct upload *upload, struct span piece, struct fault *f)
{
    enum upload_step step = UPLOAD_REPEATED;
    bool completes = upload_was_completed_by(upload, upload->newest);
    *f = upload->verdict;
    if (f->reason == REASON_NONE)
        step = completes ? UPLOAD_TAKEN : upload_take_late(upload, piece, f);
    upload_kept_put(upload, UPLOAD_JUDGED);
    return step;
}

enum upload_step upload_take(struct upload *upload, struct span piece, struct fault *f)
{
    enum upload_state state = upload_state_of(upload);
    if (state == UPLOAD_RUNNING) {
        fault_set(f, REASON_BUSY, "", "the document of this descriptor is still being judged");
        return UPLOAD_REPEATED;
    }
    upload_note_size(upload, piece.len);
    return state == UPLOAD_COLLECTING ? upload_take_part(upload, piece, f) : upload_take_judged(upload, piece, f);
}

bool upload_was_completed_by(const struct upload *upload, uint64_t request)
{
    return upload_is_judged(upload) && request != 0 && upload->completing == request;
}

void upload_repeat(struct upload *upload)
{
    frame_done(&upload->frame);
    buf_done(&upload->answer);
    upload->answer_read = 0;
    upload->answer_lost = false;
    fault_clear(&upload->verdict);
    upload->parts = 0;
    upload->newest = upload->completing = upload->request;
    upload_kept_drop_answer(upload);
    upload_set_state(upload, UPLOAD_RUNNING);
}

void upload_answer_fault(struct upload *upload, const struct fault *fault, const struct outcome *outcome)
{
    struct fault unanswered = {.reason = REASON_NONE};
    if (answer_write_fault(fault, outcome, &upload->answer, &unanswered) != 0)
        buf_done(&upload->answer);
}

void upload_judge(struct upload *upload, const struct fault *verdict)
{
    frame_done(&upload->frame);
    if (verdict != NULL)
        upload->verdict = *verdict;
    upload->parts = 0;
    upload_kept_answer(upload);
    upload_set_state(upload, UPLOAD_JUDGED);
}

/* Whether this close ends an open that wrote nothing. */
static bool upload_ends_empty(struct upload *upload, pid_t closer)
{
    bool by_opener = upload->opener != 0 && closer == upload->opener && upload->meant;
    bool again = by_opener && upload->flushed && (upload->request == 0 || upload->flush != upload->request);
    if (by_opener && !upload->flushed) {
        upload->flushed = true;
        upload->flush = upload->request;
        upload_kept_put(upload, UPLOAD_COLLECTING);
    }
    return again;
}

/* Whether the thread closes a document that is not complete. */
static bool upload_is_cut_short(struct upload *upload, pid_t closer)
{
    return upload->frame.taken > 0 ? frame_is_unfinished(&upload->frame) : upload_ends_empty(upload, closer);
}

int upload_flush(struct upload *upload, pid_t closer, struct fault *f)
{
    switch (upload_state_of(upload)) {
    case UPLOAD_COLLECTING:
        return upload_is_cut_short(upload, closer) ? frame_refuse_unfinished(&upload->frame, f) : 0;
    case UPLOAD_RUNNING:
        return 0;
    case UPLOAD_JUDGED:
        break;
    }
    bool read = upload->answer.len > 0 && upload->answer_read == upload->answer.len;
    if (!upload->unreported || read)
        return 0;
    *f = upload->verdict.reason != REASON_NONE ? upload->verdict : upload->late;
    return f->reason == REASON_NONE ? 0 : -1;
}

struct span upload_answer(struct upload *upload)
{
    if (upload_state_of(upload) != UPLOAD_JUDGED)
        return (struct span){NULL, 0};
    struct span answer = buf_span(&upload->answer);
    if (upload->request != 0 && upload->newest_read == upload->request)
        upload->answer_read = upload->read_from;
    if (answer.len == 0)
        return answer;
    return (struct span){answer.data + upload->answer_read, answer.len - upload->answer_read};
}

void upload_was_read(struct upload *upload, size_t count)
{
    if (count == 0)
        return;
    upload->newest_read = upload->request;
    upload->read_from = upload->answer_read;
    upload->answer_read += count;
    upload_kept_put(upload, UPLOAD_JUDGED);
}

bool upload_was_abandoned(const struct upload *upload, struct fault *ret)
{
    bool empty = upload->frame.taken == 0 && upload->meant;
    if (upload_check_whole(upload, ret) != 0)
        return true;
    return upload_state_of(upload) == UPLOAD_COLLECTING && (empty || frame_is_unfinished(&upload->frame)) &&
           frame_refuse_unfinished(&upload->frame, ret) != 0;
}

#include "fs/state/upload.h"

#include <stdlib.h>
#include <string.h>

#include "core/action/answer.h"
#include "core/base/buf.h"
#include "core/json/grammar.h"
#include "fs/host/process.h"

struct upload *upload_new(void)
{
    return calloc(1, sizeof(struct upload));
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

enum upload_step upload_take(struct upload *upload, struct span piece, struct fault *f)
{
    upload->unreported = upload->full;
    upload->full = piece.len >= UPLOAD_FULL;
    switch (upload_state_of(upload)) {
    case UPLOAD_RUNNING:
        fault_set(f, REASON_BUSY, "", "the document of this descriptor is still being judged");
        return UPLOAD_REPEATED;
    case UPLOAD_JUDGED:
        if (upload->verdict.reason == REASON_NONE)
            return upload_take_late(upload, piece, f);
        *f = upload->verdict;
        return UPLOAD_REPEATED;
    case UPLOAD_COLLECTING:
        break;
    }
    if (frame_take(&upload->frame, piece, f) != 0)
        return UPLOAD_REFUSED;
    if (!upload->frame.complete)
        return UPLOAD_TAKEN;
    atomic_store_explicit(&upload->state, UPLOAD_RUNNING, memory_order_relaxed);
    return UPLOAD_SUBMIT;
}

void upload_repeat(struct upload *upload)
{
    frame_done(&upload->frame);
    buf_done(&upload->answer);
    upload->answer_read = 0;
    fault_clear(&upload->verdict);
    atomic_store_explicit(&upload->state, UPLOAD_RUNNING, memory_order_relaxed);
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
    atomic_store_explicit(&upload->state, UPLOAD_JUDGED, memory_order_release);
}

/* Whether this close ends an open that wrote nothing. */
static bool upload_ends_empty(struct upload *upload, pid_t closer)
{
    bool by_opener = upload->opener != 0 && closer == upload->opener && upload->meant;
    bool again = by_opener && upload->flushed;
    upload->flushed |= by_opener;
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

struct span upload_answer(const struct upload *upload)
{
    if (upload_state_of(upload) != UPLOAD_JUDGED)
        return (struct span){NULL, 0};
    struct span answer = buf_span(&upload->answer);
    if (answer.len == 0)
        return answer;
    return (struct span){answer.data + upload->answer_read, answer.len - upload->answer_read};
}

void upload_was_read(struct upload *upload, size_t count)
{
    upload->answer_read += count;
}

bool upload_was_abandoned(const struct upload *upload, struct fault *ret)
{
    bool empty = upload->frame.taken == 0 && upload->meant;
    return upload_state_of(upload) == UPLOAD_COLLECTING && (empty || frame_is_unfinished(&upload->frame)) &&
           frame_refuse_unfinished(&upload->frame, ret) != 0;
}

/*
 * upload: one open of `control` or of a file of import/, from its first write to its verdict and its answer.
 *
 * It belongs to the FUSE thread, except between upload_take returning UPLOAD_SUBMIT and upload_judge: then it belongs
 * to the write in writes.h, and so to the thread that takes that out. The last store to the state hands everything
 * back.
 */
#ifndef CERTFS_FS_STATE_UPLOAD_H
#define CERTFS_FS_STATE_UPLOAD_H

#include <stdatomic.h>

#include "core/base/buf.h"
#include "core/json/frame.h"
#include "fs/report/journal.h"

struct outcome;
struct uploads_kept;

enum upload_state {
    UPLOAD_COLLECTING,
    UPLOAD_RUNNING, /* in writes.h */
    UPLOAD_JUDGED,
};

/*
 * The kernel splits a write of more than max_write (1 MiB) in pieces, at most a page shorter where the buffer begins
 * within one. When the second is refused, write(2) returns a short count and no error.
 */
enum { UPLOAD_FULL = 1024 * 1024 - 4096 };

struct upload {
    size_t answer_read;   /* bytes of it that were read */
    struct buf answer;    /* when judged */
    struct writer writer; /* of the newest write */
    struct frame frame;
    _Atomic enum upload_state state;
    struct fault verdict; /* when judged; REASON_NONE: carried out */
    struct fault late;    /* of a write behind the judged document */
    bool full;            /* the newest write had UPLOAD_FULL bytes or more */
    bool unreported;      /* the newest fault may be that of the rest of such a write: no write returned it */
    bool counted;         /* among the documents in flight */
    pid_t opener;         /* the thread that opened control write-only; 0: it was opened otherwise */
    bool meant;           /* O_TRUNC or O_APPEND: the opener means to write */
    bool flushed;         /* by the opener, before anything was written */

    /* For a worker that follows (upload_kept.h). Requests are named by the kernel's unique numbers; 0: none. */
    struct uploads_kept *kept; /* borrowed; NULL: nothing is kept */
    size_t place;              /* in it */
    uint64_t request;          /* that is being handled, set by the caller; the FUSE thread's alone */
    uint64_t newest;           /* write */
    size_t before;             /* bytes that were taken before it */
    uint64_t completing;       /* the write that completed the document */
    uint64_t flush;            /* that set `flushed` */
    uint64_t newest_read;      /* of the answer */
    size_t read_from;          /* where that began */
    uint32_t answer_block;     /* where the answer is kept (blocks.h) */
    bool answer_lost;          /* a worker before this one had it, and it was not kept */
    size_t parts; /* bytes of the document that a worker before this one has taken: see upload_check_whole */
};

enum upload_step {
    UPLOAD_TAKEN,    /* answer the write with its size */
    UPLOAD_REFUSED,  /* a new verdict: judge the upload with the fault, answer the write with it */
    UPLOAD_REPEATED, /* nothing new: answer the write with the fault */
    UPLOAD_SUBMIT,   /* the document is complete: submit it to the importer; another thread answers */
};

struct upload *upload_new(void);
void upload_free(struct upload *upload); /* wipes; accepts NULL */

/* Sets the writer, by the thread that waits for the write. writer.via is the caller's to set. */
void upload_set_writer(struct upload *upload, uid_t uid, gid_t gid, pid_t thread);

/* Whether it has no verdict and is not being judged; whether it has one. */
bool upload_is_collecting(const struct upload *upload);
bool upload_is_judged(const struct upload *upload);

/*
 * Begins the write `request`. If a worker before this one had taken this write and none before it, or its result was
 * lost, it begins afresh.
 */
void upload_begin_write(struct upload *upload, uint64_t request);

/*
 * Whether all parts of the document are here. A worker that was killed takes the parts with it that it had taken; then
 * the document must be refused, unless the one write that may come again does. Fault: busy.
 */
MUST_CHECK int upload_check_whole(const struct upload *upload, struct fault *f);

/*
 * Begins the FLUSH `request`. Fault: busy, as above; the caller refuses the document. Not while the write that
 * completed the document may come again: that can be `again`, after this.
 */
MUST_CHECK int upload_begin_flush(struct upload *upload, uint64_t request, bool again, struct fault *f);

/* Takes a write. On UPLOAD_REFUSED and UPLOAD_REPEATED the fault is in `f`. A verdict is sticky. */
enum upload_step upload_take(struct upload *upload, struct span piece, struct fault *f);

/* Whether the verdict is that of this write: a worker before this one had judged it. */
bool upload_was_completed_by(const struct upload *upload, uint64_t request);

/*
 * The document was judged already, by another process: what was taken of it is dropped, and the upload runs as behind
 * UPLOAD_SUBMIT.
 */
void upload_repeat(struct upload *upload);

/* Writes a refusal to the answer; `outcome` as for answer_write_fault. If allocation fails the answer is empty; the
 * writer still gets the errno. */
void upload_answer_fault(struct upload *upload, const struct fault *fault, const struct outcome *outcome);

/* Sets the verdict: NULL or REASON_NONE for success. The caller has put the answer into upload->answer. */
void upload_judge(struct upload *upload, const struct fault *verdict);

/*
 * The result of FLUSH for the thread that closes: 0, or -1 and a fault: that of an unfinished document, which does not
 * stick, or the verdict, if no write has returned it.
 *
 * If nothing was written, the document counts as unfinished from the opener's second close on. The first close is no
 * end: a shell moves the descriptor to 1 and closes the original; a parent closes what it opened for a child.
 */
MUST_CHECK int upload_flush(struct upload *upload, pid_t closer, struct fault *f);

/* The unread rest of the answer for this read; empty before the verdict. upload_was_read moves on. */
struct span upload_answer(struct upload *upload);
void upload_was_read(struct upload *upload, size_t count);

/*
 * Whether it was released in mid-document, or with nothing written although the opener meant to. No write returned
 * that, so it must be recorded. Fills the fault and returns true.
 */
bool upload_was_abandoned(const struct upload *upload, struct fault *ret);

#endif

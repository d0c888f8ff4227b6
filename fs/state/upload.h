/*
 * upload: one open of `control`, from its first write to its verdict and its answer.
 *
 * Who owns it: the FUSE thread, but between upload_take returning UPLOAD_SUBMIT and upload_judge, when it belongs to
 * the write in writes.h, and so to whoever takes that out. The last store to the state hands everything back.
 */
#ifndef CERTFS_FS_STATE_UPLOAD_H
#define CERTFS_FS_STATE_UPLOAD_H

#include <stdatomic.h>

#include "core/json/frame.h"
#include "fs/report/journal.h"

enum upload_state {
    UPLOAD_COLLECTING,
    UPLOAD_RUNNING, /* in writes.h */
    UPLOAD_JUDGED,
};

/*
 * The kernel cuts a write of more than max_write (1 MiB) in pieces, at most a page shorter where the buffer begins
 * within one; when the second is refused its writer is told how much was written, and no error.
 */
enum { UPLOAD_FULL = 1024 * 1024 - 4096 };

struct upload {
    size_t answer_read;   /* bytes of it that were read */
    struct buf answer;    /* when judged */
    struct writer writer; /* of the newest write */
    struct frame frame;
    _Atomic enum upload_state state;
    struct fault verdict; /* when judged; REASON_NONE: carried out */
    struct fault late;    /* what was wrong with a write behind the judged document */
    bool full;            /* the newest write had UPLOAD_FULL bytes or more */
    bool untold;          /* the newest fault may be that of the rest of such a write: nobody was given it */
    bool counted;         /* among the documents in flight */
    pid_t opener;         /* the thread that opened control for writing alone; 0: another opening */
    bool meant;           /* O_TRUNC or O_APPEND: who opened it means to write */
    bool flushed;         /* by the opener, before anything was written */
};

enum upload_step {
    UPLOAD_TAKEN,    /* answer the write with its size */
    UPLOAD_REFUSED,  /* a new verdict: judge the upload with the fault, answer the write with it */
    UPLOAD_REPEATED, /* nothing new: answer the write with the fault */
    UPLOAD_SUBMIT,   /* the document is complete: hand it to the importer; another thread answers */
};

struct upload *upload_new(void);
void upload_free(struct upload *upload); /* wipes; accepts NULL */

/* Who writes now, by the thread that waits for it. Through which file is said by writer.via. */
void upload_set_writer(struct upload *upload, uid_t uid, gid_t gid, pid_t thread);

/* Has no verdict and is not being judged. */
bool upload_is_collecting(const struct upload *upload);

/* Takes a write. On UPLOAD_REFUSED and UPLOAD_REPEATED the fault is in `f`. A verdict is sticky. */
enum upload_step upload_take(struct upload *upload, struct span piece, struct fault *f);

/* Puts a refusal into the answer; `outcome` as for answer_write_fault. Without memory there is none to read back, but
 * the errno says as much. */
void upload_answer_fault(struct upload *upload, const struct fault *fault, const struct outcome *outcome);

/* Gives the verdict: NULL or REASON_NONE for success; the answer is the caller's, already in upload->answer. */
void upload_judge(struct upload *upload, const struct fault *verdict);

/*
 * What flush says to the thread that closes: 0, or -1 and the fault: that of an unfinished document, which does not
 * stick, or the verdict, where no write has returned it.
 *
 * Nothing written is an unfinished document from the second close of the opener on. The first one is no end: a shell
 * moves what it opened to descriptor 1 and closes the original; a parent closes what it opened for a child.
 */
MUST_CHECK int upload_flush(struct upload *upload, pid_t closer, struct fault *f);

/* The unread rest of the answer; empty before the verdict. upload_was_read moves on. */
struct span upload_answer(const struct upload *upload);
void upload_was_read(struct upload *upload, size_t count);

/*
 * Released in mid-document, or with nothing written by who meant to: nobody was told, so it must be recorded. Fills the
 * fault and returns true.
 */
bool upload_was_abandoned(const struct upload *upload, struct fault *ret);

#endif

/*
 * writes: the writes that have completed a document and are not answered yet.
 *
 * Each is queued, then runs (the importer judges its document, then commits it), and spreads if it has changed
 * something: the kernel is notified before the write is answered. The thread that takes a write out answers it, so each
 * is answered once. One whose writer is about to end is given up: it is answered at once, and its document is not
 * committed unless that has begun. So is every write that is left when certfs ends and has waited long enough.
 *
 * The FUSE thread puts writes in, the importer runs them, the upkeep thread takes out those that are given up and those
 * that have spread. It has one lock.
 */
#ifndef CERTFS_FS_STATE_WRITES_H
#define CERTFS_FS_STATE_WRITES_H

#include "core/base/buf.h"
#include "core/json/frame.h"
#include "core/set/content.h"
#include "core/set/resource.h"
#include "fs/report/journal.h"
#include "fs/state/queue.h"

enum { WRITES_SPREADING_MAX = 16 };

enum write_stage { WRITE_QUEUED, WRITE_JUDGING, WRITE_COMMITTING };

/* The importer's own copy of a write: the upload may be released while it is being judged. */
struct running {
    struct job job;
    struct frame frame;
    struct writer writer;
};

/* A document that was carried out and has changed something. */
struct spread {
    struct job job;
    bool answered; /* given up while it was being committed, or its writer is not known */
    int client;    /* of the notifier; this is its place here */
    int64_t since; /* milliseconds of the steady clock */
    uint64_t set, generation;
    int intent;                /* its place in intents.h; -1: none */
    bool intent_stays;         /* for a write that may come again */
    struct resource *resource; /* of the set; its own reference */
    char sentence[FAULT_MESSAGE_SIZE];
    struct content *findings; /* the lines below the sentence; NULL for none */
    struct buf answer;
};

struct writes;

/* Faults: no_memory, system (with errno). */
MUST_CHECK int writes_new(struct writes **ret, struct fault *f);
void writes_freep(struct writes **writes); /* accepts NULL */

/* An eventfd(2) that becomes readable when the importer, or the upkeep thread, has something to do. */
int writes_importer_fd(const struct writes *writes);
int writes_upkeep_fd(const struct writes *writes);
void writes_wake(int fd);

/* ---- the FUSE thread ---- */

/* There is always room: no more than QUEUE_MAX documents are in flight. */
void writes_submit(struct writes *writes, const struct job *job);

/* Takes out the write of this upload if it is still queued; the caller answers it. */
bool writes_withdraw(struct writes *writes, const struct upload *upload, struct job *ret);

/* Notes a signal to the thread that waits for this request; does nothing if it is answered. */
void writes_interrupt(struct writes *writes, const struct fuse_req *request);

/* ---- the importer ---- */

/* Takes the next one that may begin `now`; a `hurry` ignores the pace of import/. False if there is none. */
bool writes_begin(struct writes *writes, int64_t now, bool hurry, struct running *ret);

/* Milliseconds until the next one may begin; -1 if none waits. */
int writes_wait(struct writes *writes, int64_t now);

/* The permit of a policy: whether what runs may be committed. `writes` is a struct writes. Fault: busy. */
int writes_permit(void *writes, struct fault *f);

/* Notes that a document of import/ has changed something. */
void writes_changed(struct writes *writes, int64_t now);

enum write_end {
    WRITE_END_ANSWER,   /* record the outcome and answer the write */
    WRITE_END_RECORD,   /* given up and answered while it was being committed: record the outcome */
    WRITE_END_RECORDED, /* answered and recorded */
};

/* Ends the running write, which has changed nothing; returns what is left to do. */
enum write_end writes_end(struct writes *writes);

/*
 * The running write has changed something: sets `client`, for its notices. Waits for a place; there is one as soon as
 * another write has spread.
 */
void writes_reserve(struct writes *writes, struct spread *spread);

/*
 * Then, in place of writes_end: it spreads from now on. One that spreads while none runs counts as answered. Consumes
 * answer, findings and resource; sets `job` and `answered`.
 */
void writes_spread(struct writes *writes, const struct spread *spread);

/* ---- the upkeep thread ---- */

/* Takes out one whose writer is ending, by `is_ending`; false if there is none. */
bool writes_take_ending(struct writes *writes, bool (*is_ending)(pid_t thread), struct job *ret,
                        enum write_stage *ret_stage);

/* Takes out one that waits or is being judged; false if there is none. For the end of certfs. */
bool writes_take_unfinished(struct writes *writes, struct job *ret, enum write_stage *ret_stage);

/* Takes out one that has spread, by `has_spread`; false if there is none. */
bool writes_take_spread(struct writes *writes, bool (*has_spread)(const struct spread *spread, void *context),
                        void *context, struct spread *ret);

/* Whether an interrupted thread still waits; whether a write spreads. */
bool writes_are_interrupted(struct writes *writes);
bool writes_are_spreading(struct writes *writes);

/* Whether a write is being committed; whether all are answered and none is being committed. Any thread. */
bool writes_are_committing(struct writes *writes);
bool writes_are_answered(struct writes *writes);

#endif

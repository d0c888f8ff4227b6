/*
 * queue: complete documents that wait for the importer.
 *
 * Those of control go first. The users of import/ take turns, so a user with many documents does not make the others
 * wait for all of them. A document of import/ does not begin within QUEUE_PACE_MS of the last one of import/ that
 * changed something, so that a server that acts for many users cannot keep the store and all readers busy with
 * rotations; it waits and is not refused. There is no lock in here; writes.c holds its own.
 */
#ifndef CERTFS_FS_STATE_QUEUE_H
#define CERTFS_FS_STATE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct import_file;
struct fuse_req;
struct upload;

enum { QUEUE_MAX = 16, QUEUE_PACE_MS = 1000 };

/* A document and the write that completed it. */
struct job {
    struct upload *upload;
    struct import_file *file; /* the file of import/; NULL: it came through control */
    struct fuse_req *request;
    size_t size;      /* of the write */
    uid_t uid;        /* of the creator of the file of import/ */
    bool only_import; /* the name of that file asks for it (import_file.h) */
    uint64_t unique;  /* the kernel's number of the write */
    unsigned intent;  /* the write came again, and its change was made: its place in intents.h, from 1; else 0 */
    uint64_t turn;    /* in import/: the first of each user, then the second of each; set by queue.c */
    pid_t thread;     /* that waits for the answer; 0: unknown */
    bool interrupted; /* by a signal: that thread may be about to end */
};

/* In the order in which they came. */
struct queue_jobs {
    struct job jobs[QUEUE_MAX];
    size_t count;
};

/* All zero is an empty queue. */
struct queue {
    struct queue_jobs control, import;
    int64_t next_import; /* when one of import/ may begin, milliseconds of the steady clock */
    uint64_t turn;       /* of the one of import/ that was begun last */
};

/* There is always room: no more than QUEUE_MAX documents are in flight. */
void queue_put(struct queue *queue, const struct job *job);

/* Removes the next one that may begin `now`; a `hurry` ignores the pace. False if there is none. */
bool queue_take(struct queue *queue, int64_t now, bool hurry, struct job *ret);

typedef bool queue_wanted(const struct job *job, const void *context);

/* The first that is `wanted`, whatever its turn; NULL for none. */
struct job *queue_find(struct queue *queue, queue_wanted *wanted, const void *context);

/* Removes it; false for none. */
bool queue_remove(struct queue *queue, queue_wanted *wanted, const void *context, struct job *ret);

/* Milliseconds until the next one may begin; -1 if none waits. */
int queue_wait(const struct queue *queue, int64_t now);

/* Notes that a document of import/ has changed something. */
void queue_changed(struct queue *queue, int64_t now);

#endif

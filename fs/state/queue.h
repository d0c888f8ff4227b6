/*
 * queue: complete documents that wait for the importer.
 *
 * Those of control go first. The users of import/ take turns: who has many waiting does not make another one wait for
 * all of them. One of import/ is not begun within QUEUE_PACE_MS of the last one of import/ that changed
 * something, so that a server that speaks for many cannot keep the store and every reader busy with rotations; it
 * waits, it is not refused. It has no lock; writes.c has one over it.
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
    uid_t uid;        /* who created the file of import/ */
    bool only_import; /* the name of that file has it so (import_file.h) */
    uint64_t turn;    /* in import/: the first of each user, then the second of each; queue.c's own */
    pid_t thread;     /* who waits for the answer; 0: unknown */
    bool interrupted; /* a signal has come for that thread: it may be about to end */
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

/* The next one that may begin `now`; in a hurry the pace does not count. False when there is none. */
bool queue_take(struct queue *queue, int64_t now, bool hurry, struct job *ret);

typedef bool queue_wanted(const struct job *job, const void *context);

/* The first that `wanted` says yes to, whoever's turn it is; NULL if it says so of none. */
struct job *queue_find(struct queue *queue, queue_wanted *wanted, const void *context);

/* Removes that one; false if there is none. */
bool queue_remove(struct queue *queue, queue_wanted *wanted, const void *context, struct job *ret);

/* Milliseconds until the next one may begin; -1 when none waits. */
int queue_wait(const struct queue *queue, int64_t now);

/* One of import/ has changed something. */
void queue_changed(struct queue *queue, int64_t now);

#endif

/*
 * handles_state: the table of handles, for the files that implement handles.h.
 */
#ifndef CERTFS_FS_STATE_HANDLES_STATE_H
#define CERTFS_FS_STATE_HANDLES_STATE_H

#include <pthread.h>
#include <sys/queue.h>

#include "fs/state/handle.h"
#include "fs/state/handles_kept.h"

struct handles {
    pthread_mutex_t lock; /* over the shape of the tree */
    void *tree;           /* of struct handle, by number: tsearch(3) */
    uint64_t next;        /* number; the worker's own is in it: no number of another worker is given again */
    struct handles_kept kept;
    LIST_HEAD(, handle) written;  /* all that have an upload; the FUSE thread's */
    TAILQ_HEAD(, handle) waiting; /* under the lock; the oldest first */
    uint64_t marks;               /* under the lock */
};

#endif

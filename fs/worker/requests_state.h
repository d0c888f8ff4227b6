/*
 * requests_state: what requests.h keeps, for the files that belong to it and no others.
 */
#ifndef CERTFS_FS_WORKER_REQUESTS_STATE_H
#define CERTFS_FS_WORKER_REQUESTS_STATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fs/worker/requests.h" /* handed on */
#include "fs/worker/slots.h"    /* handed on */

#define REQUESTS_BUSY UINT64_MAX
enum { REQUESTS_NOWHERE = SLOTS_COUNT };

struct requests {
    void *memory;
    pthread_t reader;         /* the FUSE thread, which alone uses those above `lock` */
    size_t reading;           /* the big slot for the next request */
    size_t at;                /* the slot of the request that is being processed */
    size_t length;            /* its length */
    bool answered;            /* by the FUSE thread */
    size_t left[SLOTS_COUNT]; /* the slots that the last worker left, oldest first */
    size_t lefts, taken;
    _Atomic uint64_t current;   /* the number of the request that is being processed; 0: none */
    _Atomic size_t smalls;      /* how many small slots are taken */
    pthread_mutex_t lock;       /* over all below, and a slot that is in `kept` */
    uint64_t elsewhere;         /* the request that another thread answered while it was being processed */
    uint64_t begun;             /* the one that is being carried out; 0: none */
    uint64_t kept[SLOTS_COUNT]; /* the number of the request that waits in a slot; 0: it is free; REQUESTS_BUSY: it is
                                   used */
};

struct slot *requests_slot(const struct requests *requests, size_t index);

/* The first free slot of these; REQUESTS_NOWHERE: all are taken. With the lock held. */
size_t requests_free(const struct requests *requests, size_t from, size_t end);

/* Sets kept[index]. With the lock held. */
void requests_set(struct requests *requests, size_t index, uint64_t unique);

/* Wipes the request in a slot that nobody else uses. */
void requests_wipe(struct requests *requests, size_t index);

/* The slot, which is wiped, is free again. */
void requests_set_free(struct requests *requests, size_t index);

/* The next request is read into this slot. With the lock held. */
void requests_read_into(struct requests *requests, size_t index);

/* Begins with the request of `length` bytes in this slot. */
struct incoming requests_start(struct requests *requests, size_t at, size_t length, bool again);

#endif

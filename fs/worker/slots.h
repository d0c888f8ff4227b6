/*
 * slots: the requests that were read and are not answered, in memory that outlives the worker.
 *
 * A slot has a request if its header has a length and a unique number. The kernel writes both at once, and a slot is
 * wiped with the number first and the length last: so what a killed worker left is a whole request, or known to be
 * wiped. This file knows the layout; requests.h decides what stands where.
 */
#ifndef CERTFS_FS_WORKER_SLOTS_H
#define CERTFS_FS_WORKER_SLOTS_H

#include <linux/fuse.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    /*
     * Sixteen documents may be in flight, two threads may have given up the place of one whose answer they are about to
     * write, one request is being processed, and the next one is read.
     */
    SLOTS_BIG = 20,
    SLOTS_SMALL = 1024, /* requests that wait for a text */
    SLOTS_COUNT = SLOTS_BIG + SLOTS_SMALL,
    SLOTS_BIG_SIZE = 1024 * 1024 + 4096, /* max_write, what stands before it in a request, and the slot's head */
    SLOTS_SMALL_SIZE = 512,
    SLOTS_BLAMED = 256,
    SLOTS_HEAD_SIZE = 8192,
    SLOTS_SIZE = SLOTS_HEAD_SIZE + SLOTS_BIG * SLOTS_BIG_SIZE + SLOTS_SMALL * SLOTS_SMALL_SIZE,
};

/* The kernel sends a request again with this bit in its unique number. */
#define SLOTS_AGAIN (UINT64_C(1) << 63)

/* 64 bytes before the request; members are only appended. */
struct slot {
    uint64_t order;       /* in which it was read */
    uint32_t waits;       /* it is answered later; else it is being processed */
    uint32_t running;     /* what it asks for is being carried out */
    uint32_t interrupted; /* the thread that waits for it got a signal */
    uint32_t reserved[11];
    struct fuse_in_header request; /* and what follows it */
};

/* A request that was being processed when workers ended. */
struct slots_blamed {
    uint64_t unique;
    uint64_t workers; /* how many */
};

struct slots_head {
    uint32_t bigs, smalls; /* how many slots there are; 0: unused */
    uint64_t order;        /* of the last one that was read */
    uint64_t served;       /* the number of the worker that processed requests last */
    uint64_t killed;       /* the number of a worker that was ended from outside, not by what it did */
    uint64_t next_blamed;
    struct slots_blamed blamed[SLOTS_BLAMED];
};

/* The slots of `memory`, which has SLOTS_SIZE bytes, all zero or of another worker. False if the layout is another. */
bool slots_open(void *memory, size_t size);

struct slots_head *slots_head(void *memory);
struct slot *slots_at(void *memory, size_t index); /* the big ones first */

/* How many bytes a request in the slot may have. */
size_t slots_room(size_t index);

/* The length of the request in a slot; 0 for none. */
size_t slots_length(const struct slot *slot, size_t index);

/* The number of the request in a slot, without SLOTS_AGAIN; 0 for none. */
uint64_t slots_unique(const struct slot *slot);

/* Wipes `length` bytes of the request in this slot, so that it is none at any instant from now on. */
void slots_wipe(struct slot *slot, size_t length);

/* Wipes what a worker left that was ended while it wiped or copied. */
void slots_clean(struct slot *slot, size_t index);

/* Copies a request that fits; it stands in both until the other one is wiped. */
void slots_copy(struct slot *slot, const struct slot *from, size_t length);

#endif

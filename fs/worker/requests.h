/*
 * requests: what was read from the kernel and is not answered, so that the worker that follows can answer it.
 *
 * The FUSE thread reads each request into a big slot (slots.h). One that is answered later stays there, or moves into a
 * small one if it fits; the thread that answers it frees its slot. All functions are for the FUSE thread unless noted.
 */
#ifndef CERTFS_FS_WORKER_REQUESTS_H
#define CERTFS_FS_WORKER_REQUESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/cleanup.h"

struct fault;
struct requests;

/* The request that is being processed. */
struct incoming {
    void *bytes;
    size_t length;
    uint64_t number;  /* unique, as it was read: for the reply */
    uint64_t unique;  /* without the bit that marks one that the kernel has sent again */
    uint64_t poll;    /* the kernel's number of a poll(2), else 0 */
    uint32_t opcode;  /* of <linux/fuse.h> */
    bool again;       /* another worker may have begun it */
    bool poisonous;   /* workers have ended over it (blame.h) */
    bool interrupted; /* a signal has come for the thread that waits for it; the last worker knew */
    bool may_wait;    /* there is a slot in which it can wait for its answer */
};

/* `memory` outlives the worker and has SLOTS_SIZE bytes. Faults: no_memory; system, if it is of another layout. */
MUST_CHECK int requests_new(void *memory, size_t size, struct requests **ret, struct fault *f);
void requests_freep(struct requests **requests); /* accepts NULL; the memory stays as it is */

/* Where the next request is to be read; the memory is zero. */
void *requests_next(struct requests *requests, size_t *ret_size);

/* A request of `length` bytes was read there. */
struct incoming requests_begin(struct requests *requests, size_t length);

/* It was processed: its slot is free again if it is answered or gets no answer. */
void requests_end(struct requests *requests);

/* The reply with this number was written. Any thread. */
void requests_answered(struct requests *requests, uint64_t number);

/*
 * The document of this request is being carried out, which may be what ends this worker; 0: none is. For the importer.
 */
void requests_running(struct requests *requests, uint64_t unique);

/* ---- for a worker that follows another one ---- */

/*
 * Notes what the last worker was processing when it ended, cleans up behind it, and begins as the worker of this
 * number. Once, before the first request; for the first worker as well.
 */
void requests_inherit(struct requests *requests, uint32_t number);

/* The kernel sends everything again: the slots are freed. */
void requests_forget(struct requests *requests);

/* Takes the oldest of the requests that were left; false if there is none. requests_end comes after it as well. */
bool requests_again(struct requests *requests, struct incoming *ret);

#endif

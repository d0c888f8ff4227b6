/*
 * requests_fixture: a worker's requests, and the kernel that sends them, for tests of requests.h.
 */
#ifndef CERTFS_TESTS_UNIT_LIB_REQUESTS_FIXTURE_H
#define CERTFS_TESTS_UNIT_LIB_REQUESTS_FIXTURE_H

#include <linux/fuse.h>
#include <stddef.h>
#include <stdint.h>

#include "fs/worker/requests.h"
#include "fs/worker/slots.h"

enum { SMALL = 100, LARGE = 5000 };

/* A worker, and the memory that outlives it. */
struct requests_fixture {
    void *memory;
    struct requests *requests;
};

/* With the worker number 1. */
struct requests_fixture new_requests_fixture(void);
void requests_fixture_done(struct requests_fixture *fixture);

/* The worker of this number ends, and the next one begins. */
void take_over_requests(struct requests_fixture *fixture, uint32_t number);

/* As the kernel would write it; each byte behind the header is that of the number. */
struct incoming read_request(struct requests_fixture *fixture, uint32_t opcode, uint64_t unique, size_t length);

/* Reads one that is answered later. */
void read_and_defer(struct requests_fixture *fixture, uint64_t unique, size_t length);

/* How many bytes of the slots are that of the number. */
size_t count_bytes(const struct requests_fixture *fixture, uint64_t unique);

/* All that a worker finds, in its order; each is answered. Returns how many. */
size_t answer_all_again(struct requests_fixture *fixture, uint64_t ret[static SLOTS_COUNT]);

#endif

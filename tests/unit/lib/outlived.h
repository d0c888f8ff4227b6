/*
 * outlived: memory that outlives a worker, for tests that let one set of objects keep something and another find it.
 */
#ifndef CERTFS_TESTS_UNIT_LIB_OUTLIVED_H
#define CERTFS_TESTS_UNIT_LIB_OUTLIVED_H

#include "fs/takeover/shared.h"

/* The sections of handles, uploads, answers and import/, for the first worker. Release it with shared_freep. */
struct shared *outlived_new(void);

/* The next worker begins. */
void outlived_next(struct shared *shared);

#endif

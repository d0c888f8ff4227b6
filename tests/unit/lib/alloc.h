/*
 * alloc: the allocator between core and libc, for tests: it fails on demand and looks at released memory.
 *
 * It stands in for malloc, calloc, reallocarray and free of everything linked into the program (--wrap in the
 * Makefile), so also for OpenSSL and cJSON where core gives them its allocator, but not for libc itself.
 */
#ifndef CERTFS_TESTS_UNIT_LIB_ALLOC_H
#define CERTFS_TESTS_UNIT_LIB_ALLOC_H

#include "core/base/buf.h"

/* The nth allocation from now on fails, and no other; 0: none. */
void alloc_fail(size_t nth);

/* Whether the allocation that was to fail has come, since the last alloc_fail. */
bool alloc_has_failed(void);

/*
 * From now on every released block is searched for `secret`, which stays the caller's; an empty span ends the
 * search. Returns how many blocks held the former secret when they were released.
 */
size_t alloc_watch(struct span secret);

/* Blocks allocated and not released since the program began. */
size_t alloc_live(void);

/*
 * Runs `attempt` with its first, second, ... allocation failing until none fails. `attempt` releases all that
 * it made; a leak fails the test. Returns how many allocations it has.
 */
size_t alloc_fail_each(void (*attempt)(void *context), void *context);

#endif

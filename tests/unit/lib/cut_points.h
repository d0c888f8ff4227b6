/*
 * cut_points: every moment at which a process could be killed that changes memory which outlives it.
 */
#ifndef CERTFS_TESTS_UNIT_LIB_CUT_POINTS_H
#define CERTFS_TESTS_UNIT_LIB_CUT_POINTS_H

#include <stddef.h>

/*
 * Carries `act` out in a child, one instruction after the other, on memory that is shared with it, and calls `look` in
 * this process before the first and after each one that changes the memory, with a copy of that: `look` may change it.
 * Returns how often. Without ptrace(2), `look` sees the memory before and after.
 */
size_t cut_points_visit(void (*act)(void *context), void (*look)(void *context), void *context, unsigned char *shared,
                        size_t size);

#endif

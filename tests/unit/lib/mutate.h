/*
 * mutate: the neighbourhood of a valid input, walked without chance.
 *
 * Every truncation, every input with one bit flipped, every input with one byte removed. Each mutant lies in a heap
 * block of exactly its length, so that ASan sees a read past its end.
 */
#ifndef CERTFS_TESTS_UNIT_LIB_MUTATE_H
#define CERTFS_TESTS_UNIT_LIB_MUTATE_H

#include "core/base/buf.h"

typedef void mutant_taker(struct span mutant, void *context);

/*
 * Hands each mutant of `sample` to `take`. `stride` 1 mutates every position; n, for large samples, every n-th.
 * Returns how many there were.
 */
size_t mutate_each(struct span sample, size_t stride, mutant_taker *take, void *context);

#endif

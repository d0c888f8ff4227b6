/*
 * apart: judges a set in a process of its own, which holds no other one, as certfs has it done.
 */
#ifndef CERTFS_TESTS_BENCH_APART_H
#define CERTFS_TESTS_BENCH_APART_H

#include <stdint.h>

#include "core/draft/build.h"

/* Forks the process, which ends with this one. Exits if that fails. */
void apart_begin(const struct request_set *set);

/* Has the set judged at this time; returns the CPU time in nanoseconds that it took there. Exits if it fails. */
uint64_t apart_judge(int64_t now, struct build_result *ret);

#endif

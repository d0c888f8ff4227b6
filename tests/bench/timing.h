/*
 * timing: clocks and medians, for the programs that measure.
 */
#ifndef CERTFS_TESTS_BENCH_TIMING_H
#define CERTFS_TESTS_BENCH_TIMING_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* Nanoseconds: CLOCK_MONOTONIC or CLOCK_THREAD_CPUTIME_ID. */
uint64_t timing_now(clockid_t clock);

/* Sorts the values; `share` of them, in thousandths, are at most the result: 500 is the median. */
uint64_t timing_share(uint64_t *values, size_t count, unsigned share);

#endif

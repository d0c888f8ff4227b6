/*
 * waits: how long requests took, in buckets of a factor of about 1.4.
 */
#ifndef CERTFS_TESTS_TAKEOVER_WAITS_H
#define CERTFS_TESTS_TAKEOVER_WAITS_H

#include <stdint.h>

enum { WAITS_BUCKETS = 64 };

struct waits {
    unsigned long count, buckets[WAITS_BUCKETS];
    uint64_t longest; /* ns */
};

void waits_add(struct waits *waits, uint64_t ns);
void waits_merge(struct waits *waits, const struct waits *other);

/* One line of JSON: how many, p50, p99 and the longest, in microseconds. */
void waits_print(const struct waits *waits);

/* Sleeps, unless `ms` is 0. */
void waits_rest(long ms);

#endif

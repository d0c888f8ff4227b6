#include "tests/takeover/waits.h"

#include <stddef.h>
#include <stdio.h>
#include <time.h>

/* Two buckets for each doubling of the microseconds. */
static size_t waits_bucket_of(uint64_t ns)
{
    uint64_t us = ns / 1000 + 1;
    size_t power = 63 - (size_t)__builtin_clzll(us);
    size_t bucket = 2 * power + (power > 0 && (us >> (power - 1) & 1) != 0);
    return bucket < WAITS_BUCKETS ? bucket : WAITS_BUCKETS - 1;
}

/* The upper end of the bucket in which this part of all ends. */
static unsigned long waits_percentile_us(const struct waits *waits, unsigned long percent)
{
    unsigned long seen = 0;
    size_t bucket = 0;
    while (bucket < WAITS_BUCKETS - 1 && 100 * (seen += waits->buckets[bucket]) < percent * waits->count)
        bucket++;
    return (bucket % 2 == 0 ? 3U : 4U) * (1UL << bucket / 2) / 2;
}

void waits_add(struct waits *waits, uint64_t ns)
{
    waits->count++;
    waits->buckets[waits_bucket_of(ns)]++;
    waits->longest = ns > waits->longest ? ns : waits->longest;
}

void waits_merge(struct waits *waits, const struct waits *other)
{
    waits->count += other->count;
    waits->longest = other->longest > waits->longest ? other->longest : waits->longest;
    for (size_t bucket = 0; bucket < WAITS_BUCKETS; bucket++)
        waits->buckets[bucket] += other->buckets[bucket];
}

void waits_print(const struct waits *waits)
{
    printf("{\"opens\":%lu,\"p50_us\":%lu,\"p99_us\":%lu,\"longest_us\":%lu}\n", waits->count,
           waits_percentile_us(waits, 50), waits_percentile_us(waits, 99), waits->longest / 1000);
}

void waits_rest(long ms)
{
    if (ms > 0)
        nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

#include "tests/bench/timing.h"

#include <stdlib.h>

uint64_t timing_now(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

uint64_t timing_share(uint64_t *values, size_t count, unsigned share)
{
    qsort(values, count, sizeof(*values), compare);
    size_t index = count * share / 1000;
    return values[index < count ? index : count - 1];
}

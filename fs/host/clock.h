/*
 * clock: what a clock shows, and how long to wait, in milliseconds.
 */
#ifndef CERTFS_FS_HOST_CLOCK_H
#define CERTFS_FS_HOST_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Of a clock that clock_gettime(2) knows; 0 for want of it. */
int64_t clock_ms(clockid_t clock);

/* So many milliseconds as the system wants them: a time of a clock, or a pause. */
struct timespec clock_timespec(int64_t ms);

/* The shorter of two waits, in terms of poll(2): -1 is no limit. */
int clock_sooner(int a, int b);

#endif

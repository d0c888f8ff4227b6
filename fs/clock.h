/*
 * clock: what a clock shows, in milliseconds.
 */
#ifndef CERTFS_FS_CLOCK_H
#define CERTFS_FS_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Of a clock that clock_gettime(2) knows; 0 for want of it. */
int64_t clock_ms(clockid_t clock);

#endif

/*
 * clock: time and timeouts in milliseconds.
 */
#ifndef CERTFS_FS_HOST_CLOCK_H
#define CERTFS_FS_HOST_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* The time of a clock of clock_gettime(2); 0 if it cannot be read. */
int64_t clock_ms(clockid_t clock);

/* Converts a time or a duration in milliseconds. */
struct timespec clock_timespec(int64_t ms);

/*
 * Waits with poll(2) for events on a descriptor until `deadline`, ms of CLOCK_MONOTONIC. Returns false with errno
 * ETIMEDOUT if there is none; an error or the end of the other side is an event.
 */
bool clock_wait(int fd, short events, int64_t deadline);

/* The timeout of poll(2) until `deadline`, ms of CLOCK_MONOTONIC: 0 if it has passed. */
int clock_left(int64_t deadline);

/* The shorter of two timeouts of poll(2), where -1 is none. */
int clock_sooner(int a, int b);

#endif

/*
 * crashes: when replacing the worker again is of no use, and how long to wait before the next one.
 */
#ifndef CERTFS_FS_SUPERVISOR_CRASHES_H
#define CERTFS_FS_SUPERVISOR_CRASHES_H

#include <stdbool.h>
#include <stdint.h>

#include "fs/takeover/ends.h"

enum { CRASHES_MAX = 5, CRASHES_WITHIN_MS = 60 * 1000 };

/* All zero: there was none. */
struct crashes {
    int64_t times[CRASHES_MAX]; /* ms of CLOCK_MONOTONIC; the newest is the one before `next` */
    unsigned next, count;
};

/*
 * How a worker ended, by its status of waitpid(2), or -1 if that is not known. One that was ready and is killed from
 * outside, by a user or for its memory, has done nothing wrong.
 */
enum end_reason crashes_reason(int status, bool was_ready);

/* Notes one. True if there were CRASHES_MAX within CRASHES_WITHIN_MS. */
bool crashes_note(struct crashes *crashes, int64_t now);

/* Milliseconds until the next worker is started: none at first, so that nobody notices; then more and more. */
int crashes_pause(const struct crashes *crashes, int64_t now);

#endif

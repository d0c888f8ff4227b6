/*
 * presence: watches whether our mount still is in our own mount namespace.
 *
 * A copy in a container or a bind mount keeps the FUSE connection alive after umount(8) here, so the end of the
 * connection does not show it. The list of mounts does.
 */
#ifndef CERTFS_FS_HOST_PRESENCE_H
#define CERTFS_FS_HOST_PRESENCE_H

#include <poll.h>
#include <stdbool.h>

#include "fs/host/mountinfo.h"

enum { PRESENCE_PAUSE_MS = 1000 }; /* at least, between two reads of the list */

struct presence {
    int list; /* /proc/self/mountinfo; -1: not watched */
    int id;
    char device[MOUNTINFO_NAME_SIZE]; /* the kernel reuses mount ids */
    int64_t next;                     /* the earliest next read; milliseconds of CLOCK_MONOTONIC */
};

/* Opens the list; no later change is missed. Without /proc nothing is watched. */
void presence_begin(struct presence *presence);

/* Sets the mount to watch. */
void presence_watch(struct presence *presence, const struct mountinfo *mount);

/* The descriptor and events for poll(2), and the timeout: -1 is none. */
void presence_wait(const struct presence *presence, int64_t now, struct pollfd *ret, int *ret_limit_ms);

/* Whether the mount is gone; `event` is what presence_wait returned, after poll(2). */
bool presence_is_over(struct presence *presence, int64_t now, const struct pollfd *event);

/* Closes the list. */
void presence_end(struct presence *presence);

#endif

/*
 * presence: whether our mount is still in our own mount namespace.
 *
 * A copy of it elsewhere (a container, a bind mount) keeps the FUSE connection alive after it was unmounted here, so
 * the end of the connection does not tell. The kernel's list of mounts does, and asks no filesystem.
 */
#ifndef CERTFS_FS_HOST_PRESENCE_H
#define CERTFS_FS_HOST_PRESENCE_H

#include <poll.h>
#include <stdbool.h>

#include "fs/host/mountinfo.h"

enum { PRESENCE_PAUSE_MS = 1000 }; /* between two looks at the list, however often it changes */

struct presence {
    int list; /* /proc/self/mountinfo; -1: not watched */
    int id;
    char device[MOUNTINFO_NAME_SIZE]; /* numbers of mounts are used anew */
    int64_t next;                     /* not to be looked at before; milliseconds of the steady clock */
};

/* Opens the list; from now on no change of it is missed. Without /proc nothing is watched. */
void presence_begin(struct presence *presence);

/* This is the mount to watch, as it was found afterwards. */
void presence_watch(struct presence *presence, const struct mountinfo *mount);

/* What to wait for with poll(2), and for how long: -1 is no limit. */
void presence_wait(const struct presence *presence, int64_t now, struct pollfd *ret, int *ret_limit_ms);

/* Whether the mount is gone; `event` is what was waited for, with what poll(2) found. */
bool presence_is_over(struct presence *presence, int64_t now, const struct pollfd *event);

/* Closes the list. */
void presence_end(struct presence *presence);

#endif

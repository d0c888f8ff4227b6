/*
 * announce: which sets were committed, for the supervisor, which runs the program of on_change=.
 *
 * The channel may be full, and nothing waits for it: what could not be sent stays here, the newest generation of each
 * set, until there is room. The last of more than ANNOUNCE_WAITING_MAX sets are one announcement,
 * of many. For upkeep alone.
 */
#ifndef CERTFS_FS_WORKER_ANNOUNCE_H
#define CERTFS_FS_WORKER_ANNOUNCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "core/about/identifier.h"
#include "core/set/resource.h"

/* In the place of a set: more sets than can be listed, and they may be any; no set has this name. */
#define ANNOUNCE_MANY "*"

enum { ANNOUNCE_WAITING_MAX = 128 /* sets */ };

struct announcement {
    STAILQ_ENTRY(announcement) order;
    uint64_t generation;
    struct resource *resource; /* of the set; NULL: of many */
};

STAILQ_HEAD(announcements, announcement); /* from malloc; none has been sent yet */

/* This set was committed: sends that at once, or else when announce_rest is called. */
void announce(struct announcements *waiting, int channel_fd, struct resource *resource, uint64_t generation);

/* Sends as much as there is room for. True if nothing is left. */
bool announce_rest(struct announcements *waiting, int channel_fd);

/*
 * For the supervisor: reads a message of CHANNEL_CHANGED, a generation's number, a blank and the name of a set, or
 * ANNOUNCE_MANY. False for anything that announce does not send: the worker is not trusted.
 */
bool announce_read(const char *text, uint64_t *ret_generation, char ret_set[static IDENTIFIER_MAX + 1]);

/* Drops what was not sent. */
void announce_done(struct announcements *waiting);

#endif

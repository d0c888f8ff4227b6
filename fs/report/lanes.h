/*
 * lanes: events on their way to the log, each user's and each kind's in a queue of its own.
 *
 * Whoever makes many events fills a queue of his own alone: root's, and those of the users that lanes_know was told
 * of, always have one. Other users get one while there are any, and share one beyond that. Events that come too fast
 * for their kind, or find their queue full, are counted, and the count goes out with the last of them: one line for
 * each user and second. It has no lock.
 */
#ifndef CERTFS_FS_REPORT_LANES_H
#define CERTFS_FS_REPORT_LANES_H

#include "fs/report/event.h"

enum { LANES_KNOWN_MAX = 3, LANES_SECOND_MS = 1000 };

struct lanes;

/* What goes out next: the number of the lane, the event, and how many it stands for. */
struct lanes_line {
    size_t lane;
    struct event event;
    uint64_t count; /* 1: an event of the queue; more, or `counted`: those that had no place in it */
    bool counted;
    bool several; /* users */
};

struct lanes *lanes_new(void);          /* NULL without memory */
void lanes_freep(struct lanes **lanes); /* accepts NULL */

/* This user never shares a queue. Of more than LANES_KNOWN_MAX, root among them, the others are passed over. */
void lanes_know(struct lanes *lanes, uid_t user);

void lanes_put(struct lanes *lanes, const struct event *event, int64_t now_ms);

/*
 * The oldest line that may go out; at the end, counts do not wait for their second to be over. False when there is
 * none. It stays until lanes_took, and may be counted up meanwhile.
 */
bool lanes_next(struct lanes *lanes, int64_t now_ms, bool end, struct lanes_line *ret);

/* This line went out. */
void lanes_took(struct lanes *lanes, const struct lanes_line *line, int64_t now_ms);

/* Milliseconds until lanes_next has a line; -1 when there is nothing to wait for. */
int lanes_wait(const struct lanes *lanes, int64_t now_ms);

#endif

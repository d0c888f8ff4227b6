/*
 * event_queues: events on their way to the log, each user's and each kind's in a queue of its own.
 *
 * Whoever makes many events fills a queue of his own alone: root's, and those of the users that event_queues_reserve
 * was told of, always have one. Other users get one while there are any, and share one beyond that. Events that come
 * too fast for their kind, or find their queue full, are counted, and the count goes out with the last of them: one
 * line for each user and second. It has no lock.
 */
#ifndef CERTFS_FS_REPORT_EVENT_QUEUES_H
#define CERTFS_FS_REPORT_EVENT_QUEUES_H

#include "fs/report/event.h"

enum { EVENT_QUEUES_RESERVED_MAX = 3, EVENT_QUEUES_SECOND_MS = 1000 };

struct event_queues;

/* What goes out next: the number of the queue, the event, and how many it stands for. */
struct event_queues_line {
    size_t queue;
    struct event event;
    uint64_t count; /* 1: an event of the queue; more, or `counted`: those that had no place in it */
    bool counted;
    bool several; /* users */
};

struct event_queues *event_queues_new(void);           /* NULL without memory */
void event_queues_freep(struct event_queues **queues); /* accepts NULL */

/* This user never shares a queue. Of more than EVENT_QUEUES_RESERVED_MAX, root among them, the others are passed over.
 */
void event_queues_reserve(struct event_queues *queues, uid_t user);

void event_queues_put(struct event_queues *queues, const struct event *event, int64_t now_ms);

/*
 * The oldest line that may go out, whose event the caller releases; at the end, counts do not wait for their second to
 * be over. False when there is none. It stays until event_queues_sent, and may be counted up meanwhile.
 */
bool event_queues_next(struct event_queues *queues, int64_t now_ms, bool end, struct event_queues_line *ret);

/* This line went out. */
void event_queues_sent(struct event_queues *queues, const struct event_queues_line *line, int64_t now_ms);

/* Milliseconds until event_queues_next has a line; -1 when there is nothing to wait for. */
int event_queues_wait(const struct event_queues *queues, int64_t now_ms);

#endif

/*
 * event_queues: the events that wait for the log, in one queue per user and kind.
 *
 * A user with many events fills its own queues only. Root and the users of event_queues_reserve always have queues;
 * other users get free ones, and share one per kind if there is none. Events beyond the rate or the size of their queue
 * are counted, and the count is written with the last of them: one line per user and second. Not thread-safe.
 */
#ifndef CERTFS_FS_REPORT_EVENT_QUEUES_H
#define CERTFS_FS_REPORT_EVENT_QUEUES_H

#include "fs/report/event.h"

enum { EVENT_QUEUES_RESERVED_MAX = 3, EVENT_QUEUES_SECOND_MS = 1000 };

struct event_queues;

/* The next line to write. */
struct event_queues_line {
    size_t queue;
    struct event event;
    uint64_t count; /* the number of events that it stands for */
    bool counted;   /* events that are not in the queue */
    bool several;   /* of several users */
};

struct event_queues *event_queues_new(void);           /* NULL if allocation fails */
void event_queues_freep(struct event_queues **queues); /* accepts NULL */

/* This user never shares a queue. Ignored beyond EVENT_QUEUES_RESERVED_MAX users, root included. */
void event_queues_reserve(struct event_queues *queues, uid_t user);

void event_queues_put(struct event_queues *queues, const struct event *event, int64_t now_ms);

/*
 * Returns the oldest line that may be written now, whose event the caller releases; with `end`, counts need not wait
 * for the end of their second. False if there is none. The line stays in its queue until event_queues_sent, and its
 * count may grow meanwhile.
 */
bool event_queues_next(struct event_queues *queues, int64_t now_ms, bool end, struct event_queues_line *ret);

/* Removes a line that was written. */
void event_queues_sent(struct event_queues *queues, const struct event_queues_line *line, int64_t now_ms);

/* Milliseconds until event_queues_next has a line; -1 if nothing waits. */
int event_queues_wait(const struct event_queues *queues, int64_t now_ms);

#endif

#include "fs/report/event_queues.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "fs/host/clock.h"

enum { OTHERS = 24 };

/* The limits of a queue: lines per second, and queued events. */
static const struct {
    unsigned a_second;
    size_t waiting;
} rules[EVENT_KINDS] = {
    [EVENT_CONTROL] = {UINT_MAX, 6000}, /* changes have no rate limit */
    [EVENT_IMPORT] = {UINT_MAX, 500},   [EVENT_QUERY] = {1, 8},    [EVENT_REFUSED_CONTROL] = {1, 8},
    [EVENT_REFUSED_IMPORT] = {1, 8},    [EVENT_OPEN] = {200, 600},
};

struct waiting {
    STAILQ_ENTRY(waiting) order;
    uint64_t number; /* of the event, across all queues */
    struct event event;
};

STAILQ_HEAD(waiting_events, waiting);

struct event_queue {
    enum event_kind kind;
    uid_t user;
    bool used;    /* assigned to `user`; always set for reserved and shared queues */
    bool several; /* shared */
    struct waiting_events events;
    size_t count;      /* of the events */
    int64_t second;    /* when the current second began, ms of CLOCK_MONOTONIC */
    unsigned listed;   /* events queued in this second */
    uint64_t more;     /* events that are counted only */
    uint64_t number;   /* number of the last of these */
    struct event last; /* of them */
};

/* The queues of reserved users and the shared ones, one per kind, then those assigned on demand. */
enum { SHARED = EVENT_QUEUES_RESERVED_MAX * EVENT_KINDS, FREE = SHARED + EVENT_KINDS, QUEUES = FREE + OTHERS };

struct event_queues {
    struct event_queue queues[QUEUES];
    size_t reserved; /* users */
    uint64_t number; /* of the newest event */
};

struct event_queues *event_queues_new(void)
{
    struct event_queues *queues = calloc(1, sizeof(*queues));
    if (queues == NULL)
        return NULL;
    for (size_t i = 0; i < QUEUES; i++) {
        STAILQ_INIT(&queues->queues[i].events);
        queues->queues[i].kind = (enum event_kind)(i % EVENT_KINDS);
        queues->queues[i].several = i >= SHARED && i < FREE;
        queues->queues[i].used = queues->queues[i].several;
    }
    event_queues_reserve(queues, 0);
    return queues;
}

static void event_queues_remove_first(struct event_queue *queue)
{
    struct waiting *first = STAILQ_FIRST(&queue->events);
    STAILQ_REMOVE_HEAD(&queue->events, order);
    event_done(&first->event);
    queue->count--;
    free(first);
}

void event_queues_freep(struct event_queues **queues)
{
    for (size_t i = 0; *queues != NULL && i < QUEUES; i++) {
        while ((*queues)->queues[i].count > 0)
            event_queues_remove_first(&(*queues)->queues[i]);
        event_done(&(*queues)->queues[i].last);
    }
    free(*queues);
}

void event_queues_reserve(struct event_queues *queues, uid_t user)
{
    for (size_t i = 0; i < queues->reserved; i++)
        if (queues->queues[i * EVENT_KINDS].user == user)
            return;
    if (queues->reserved == EVENT_QUEUES_RESERVED_MAX)
        return;
    for (size_t kind = 0; kind < EVENT_KINDS; kind++) {
        queues->queues[queues->reserved * EVENT_KINDS + kind].user = user;
        queues->queues[queues->reserved * EVENT_KINDS + kind].used = true;
    }
    queues->reserved++;
}

/* ---- adding ---- */

static bool event_queues_is_over(const struct event_queue *queue, int64_t now)
{
    return now >= queue->second + EVENT_QUEUES_SECOND_MS;
}

static bool event_queues_is_idle(const struct event_queue *queue, int64_t now)
{
    return queue->count == 0 && queue->more == 0 && event_queues_is_over(queue, now);
}

static bool event_queues_is_of(const struct event_queue *queue, enum event_kind kind, uid_t user)
{
    return queue->used && !queue->several && queue->kind == kind && queue->user == user;
}

static struct event_queue *event_queues_find(struct event_queues *queues, enum event_kind kind, uid_t user, int64_t now)
{
    struct event_queue *idle = NULL;
    for (size_t i = 0; i < QUEUES; i++) {
        struct event_queue *queue = &queues->queues[i];
        if (event_queues_is_of(queue, kind, user))
            return queue;
        if (i >= FREE && idle == NULL && (!queue->used || event_queues_is_idle(queue, now)))
            idle = queue;
    }
    if (idle == NULL)
        return &queues->queues[SHARED + kind];
    idle->kind = kind;
    idle->user = user;
    idle->used = true;
    return idle;
}

static bool event_queues_append(struct event_queue *queue, const struct event *event, uint64_t number)
{
    if (queue->more > 0 || queue->listed >= rules[queue->kind].a_second || queue->count >= rules[queue->kind].waiting)
        return false;
    struct waiting *waiting = malloc(sizeof(*waiting));
    if (waiting == NULL)
        return false;
    waiting->number = number;
    waiting->event = *event;
    event_keep(&waiting->event);
    STAILQ_INSERT_TAIL(&queue->events, waiting, order);
    queue->count++;
    queue->listed++;
    return true;
}

void event_queues_put(struct event_queues *queues, const struct event *event, int64_t now_ms)
{
    struct event_queue *queue = event_queues_find(queues, event->kind, event_user(event), now_ms);
    queues->number++;
    if (event_queues_is_over(queue, now_ms) && queue->more == 0) {
        queue->second = now_ms;
        queue->listed = 0;
    }
    if (event_queues_append(queue, event, queues->number))
        return;
    queue->more++;
    queue->number = queues->number;
    event_done(&queue->last);
    queue->last = *event;
    event_keep(&queue->last);
}

/* ---- removing ---- */

/* Counts are written after the queued events. */
static bool event_queues_is_ready(const struct event_queue *queue, int64_t now, bool end)
{
    return queue->count > 0 || (queue->more > 0 && (end || event_queues_is_over(queue, now)));
}

static uint64_t event_queues_first_number(const struct event_queue *queue)
{
    return queue->count > 0 ? STAILQ_FIRST(&queue->events)->number : queue->number;
}

bool event_queues_next(struct event_queues *queues, int64_t now_ms, bool end, struct event_queues_line *ret)
{
    size_t found = QUEUES;
    for (size_t i = 0; i < QUEUES; i++)
        if (event_queues_is_ready(&queues->queues[i], now_ms, end) &&
            (found == QUEUES ||
             event_queues_first_number(&queues->queues[i]) < event_queues_first_number(&queues->queues[found])))
            found = i;
    if (found == QUEUES)
        return false;
    const struct event_queue *queue = &queues->queues[found];
    ret->queue = found;
    ret->counted = queue->count == 0;
    ret->event = ret->counted ? queue->last : STAILQ_FIRST(&queue->events)->event;
    event_keep(&ret->event);
    ret->count = ret->counted ? queue->more : 1;
    ret->several = ret->counted && queue->several;
    return true;
}

void event_queues_sent(struct event_queues *queues, const struct event_queues_line *line, int64_t now_ms)
{
    struct event_queue *queue = &queues->queues[line->queue];
    if (!line->counted) {
        event_queues_remove_first(queue);
        return;
    }
    queue->more -= line->count;
    queue->second = now_ms;
    queue->listed = 1;
}

static int event_queues_wait_of(const struct event_queue *queue, int64_t now)
{
    if (event_queues_is_ready(queue, now, false))
        return 0;
    return queue->more == 0 ? -1 : (int)(queue->second + EVENT_QUEUES_SECOND_MS - now);
}

int event_queues_wait(const struct event_queues *queues, int64_t now_ms)
{
    int soonest = -1;
    for (size_t i = 0; i < QUEUES; i++)
        soonest = clock_sooner(soonest, event_queues_wait_of(&queues->queues[i], now_ms));
    return soonest;
}

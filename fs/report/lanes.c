#include "fs/report/lanes.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "fs/host/clock.h"

enum { OTHERS = 24 };

/* How many lines a user may have in one second, and how many may wait. */
static const struct {
    unsigned a_second;
    size_t waiting;
} rules[EVENT_KINDS] = {
    [EVENT_CONTROL] = {UINT_MAX, 6000}, /* what changes a set is never left out for coming fast */
    [EVENT_IMPORT] = {UINT_MAX, 500},   [EVENT_QUERY] = {1, 8},    [EVENT_REFUSED_CONTROL] = {1, 8},
    [EVENT_REFUSED_IMPORT] = {1, 8},    [EVENT_OPEN] = {200, 600},
};

struct waiting {
    STAILQ_ENTRY(waiting) order;
    uint64_t number; /* of the event, over all lanes */
    struct event event;
};

STAILQ_HEAD(waiting_events, waiting);

struct lane {
    enum event_kind kind;
    uid_t user;
    bool used;    /* by this user; a shared one and those of known users always are */
    bool several; /* shared */
    struct waiting_events events;
    size_t count;      /* of the events */
    int64_t second;    /* when the second began, ms of the steady clock */
    unsigned listed;   /* in this second */
    uint64_t more;     /* that are counted alone */
    uint64_t number;   /* of the last one of these */
    struct event last; /* of them */
};

/* Those of known users, then the shared ones, each one of every kind; then those that are given away. */
enum { SHARED = LANES_KNOWN_MAX * EVENT_KINDS, FREE = SHARED + EVENT_KINDS, LANES = FREE + OTHERS };

struct lanes {
    struct lane lanes[LANES];
    size_t known;    /* users */
    uint64_t number; /* of the newest event */
};

struct lanes *lanes_new(void)
{
    struct lanes *lanes = calloc(1, sizeof(*lanes));
    if (lanes == NULL)
        return NULL;
    for (size_t i = 0; i < LANES; i++) {
        STAILQ_INIT(&lanes->lanes[i].events);
        lanes->lanes[i].kind = (enum event_kind)(i % EVENT_KINDS);
        lanes->lanes[i].several = i >= SHARED && i < FREE;
        lanes->lanes[i].used = lanes->lanes[i].several;
    }
    lanes_know(lanes, 0);
    return lanes;
}

static void lanes_remove_first(struct lane *lane)
{
    struct waiting *first = STAILQ_FIRST(&lane->events);
    STAILQ_REMOVE_HEAD(&lane->events, order);
    lane->count--;
    free(first);
}

void lanes_freep(struct lanes **lanes)
{
    for (size_t i = 0; *lanes != NULL && i < LANES; i++)
        while ((*lanes)->lanes[i].count > 0)
            lanes_remove_first(&(*lanes)->lanes[i]);
    free(*lanes);
}

void lanes_know(struct lanes *lanes, uid_t user)
{
    for (size_t i = 0; i < lanes->known; i++)
        if (lanes->lanes[i * EVENT_KINDS].user == user)
            return;
    if (lanes->known == LANES_KNOWN_MAX)
        return;
    for (size_t kind = 0; kind < EVENT_KINDS; kind++) {
        lanes->lanes[lanes->known * EVENT_KINDS + kind].user = user;
        lanes->lanes[lanes->known * EVENT_KINDS + kind].used = true;
    }
    lanes->known++;
}

/* ---- putting ---- */

static bool lanes_is_over(const struct lane *lane, int64_t now)
{
    return now >= lane->second + LANES_SECOND_MS;
}

static bool lanes_is_idle(const struct lane *lane, int64_t now)
{
    return lane->count == 0 && lane->more == 0 && lanes_is_over(lane, now);
}

static bool lanes_is_of(const struct lane *lane, enum event_kind kind, uid_t user)
{
    return lane->used && !lane->several && lane->kind == kind && lane->user == user;
}

static struct lane *lanes_find_lane(struct lanes *lanes, enum event_kind kind, uid_t user, int64_t now)
{
    struct lane *idle = NULL;
    for (size_t i = 0; i < LANES; i++) {
        struct lane *lane = &lanes->lanes[i];
        if (lanes_is_of(lane, kind, user))
            return lane;
        if (i >= FREE && idle == NULL && (!lane->used || lanes_is_idle(lane, now)))
            idle = lane;
    }
    if (idle == NULL)
        return &lanes->lanes[SHARED + kind];
    idle->kind = kind;
    idle->user = user;
    idle->used = true;
    return idle;
}

static bool lanes_append(struct lane *lane, const struct event *event, uint64_t number)
{
    if (lane->more > 0 || lane->listed >= rules[lane->kind].a_second || lane->count >= rules[lane->kind].waiting)
        return false;
    struct waiting *waiting = malloc(sizeof(*waiting));
    if (waiting == NULL)
        return false;
    waiting->number = number;
    waiting->event = *event;
    STAILQ_INSERT_TAIL(&lane->events, waiting, order);
    lane->count++;
    lane->listed++;
    return true;
}

void lanes_put(struct lanes *lanes, const struct event *event, int64_t now_ms)
{
    struct lane *lane = lanes_find_lane(lanes, event->kind, event_user(event), now_ms);
    lanes->number++;
    if (lanes_is_over(lane, now_ms) && lane->more == 0) {
        lane->second = now_ms;
        lane->listed = 0;
    }
    if (lanes_append(lane, event, lanes->number))
        return;
    lane->more++;
    lane->number = lanes->number;
    lane->last = *event;
}

/* ---- taking ---- */

/* What is counted goes out behind what is listed. */
static bool lanes_is_ready(const struct lane *lane, int64_t now, bool end)
{
    return lane->count > 0 || (lane->more > 0 && (end || lanes_is_over(lane, now)));
}

static uint64_t lanes_first_number(const struct lane *lane)
{
    return lane->count > 0 ? STAILQ_FIRST(&lane->events)->number : lane->number;
}

bool lanes_next(struct lanes *lanes, int64_t now_ms, bool end, struct lanes_line *ret)
{
    size_t found = LANES;
    for (size_t i = 0; i < LANES; i++)
        if (lanes_is_ready(&lanes->lanes[i], now_ms, end) &&
            (found == LANES || lanes_first_number(&lanes->lanes[i]) < lanes_first_number(&lanes->lanes[found])))
            found = i;
    if (found == LANES)
        return false;
    const struct lane *lane = &lanes->lanes[found];
    ret->lane = found;
    ret->counted = lane->count == 0;
    ret->event = ret->counted ? lane->last : STAILQ_FIRST(&lane->events)->event;
    ret->count = ret->counted ? lane->more : 1;
    ret->several = ret->counted && lane->several;
    return true;
}

void lanes_took(struct lanes *lanes, const struct lanes_line *line, int64_t now_ms)
{
    struct lane *lane = &lanes->lanes[line->lane];
    if (!line->counted) {
        lanes_remove_first(lane);
        return;
    }
    lane->more -= line->count;
    lane->second = now_ms;
    lane->listed = 1;
}

static int lanes_wait_of(const struct lane *lane, int64_t now)
{
    if (lanes_is_ready(lane, now, false))
        return 0;
    return lane->more == 0 ? -1 : (int)(lane->second + LANES_SECOND_MS - now);
}

int lanes_wait(const struct lanes *lanes, int64_t now_ms)
{
    int soonest = -1;
    for (size_t i = 0; i < LANES; i++)
        soonest = clock_sooner(soonest, lanes_wait_of(&lanes->lanes[i], now_ms));
    return soonest;
}

/*
 * watchdog: whether the thread of the worker that reads requests has stopped doing so.
 *
 * It counts ticks of the supervisor, a second apart or more, and no time: while the machine sleeps, or the supervisor
 * is stopped too, there are none. A document that takes long to judge or to store does not count, since that thread
 * goes on.
 */
#ifndef CERTFS_FS_SUPERVISOR_WATCHDOG_H
#define CERTFS_FS_SUPERVISOR_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { WATCHDOG_TICKS = 10, WATCHDOG_TICK_MS = 1000, WATCHDOG_IDLE_MS = 5000 };

enum watchdog_deed {
    WATCHDOG_NOTHING,
    WATCHDOG_WAKE, /* the worker is stopped: SIGCONT */
    WATCHDOG_KILL, /* it does not answer */
};

/* All zero: of a new worker. */
struct watchdog {
    uint64_t progress;
    unsigned still; /* ticks at which there were requests and none had moved since the tick before */
    bool moved;     /* there were requests at the last tick, or before it */
};

/* The facts at a tick. */
struct watchdog_look {
    bool pending;      /* requests wait to be read */
    uint64_t progress; /* of the worker (struct shared_head) */
    char state;        /* of the thread, as in /proc; 0 if unknown */
    bool traced;       /* by a debugger, whose user knows better */
};

enum watchdog_deed watchdog_tick(struct watchdog *watchdog, const struct watchdog_look *look);

/* A request was seen: ticks are needed again. */
void watchdog_alert(struct watchdog *watchdog);

/* Whether the next tick can wait until a request comes. */
bool watchdog_is_idle(const struct watchdog *watchdog);

/* Sets `state` and `traced`, of the first thread of the process. */
void watchdog_look_at(pid_t pid, struct watchdog_look *look);

#endif

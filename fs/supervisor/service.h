/*
 * service: what the modules of the supervisor's main loop share.
 */
#ifndef CERTFS_FS_SUPERVISOR_SERVICE_H
#define CERTFS_FS_SUPERVISOR_SERVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "fs/disk/disk.h"
#include "fs/host/daemonize.h"
#include "fs/host/log.h"
#include "fs/host/namespaces.h"
#include "fs/options/options.h"
#include "fs/report/problems.h"
#include "fs/supervisor/answers.h"
#include "fs/supervisor/child.h"
#include "fs/supervisor/crashes.h"
#include "fs/supervisor/mounting.h"
#include "fs/supervisor/on_change.h"
#include "fs/supervisor/watchdog.h"
#include "fs/takeover/shared.h"

/* Why the main loop ends. */
enum ending {
    ENDING_NONE,
    ENDING_GONE,     /* the worker has ended, and none is to follow */
    ENDING_FAILED,   /* the first one could not start and has reported why */
    ENDING_DRAINED,  /* it has finished after CHANNEL_DRAIN, or its time is over */
    ENDING_HOPELESS, /* one after the other has ended, or none becomes ready */
};

enum stage {
    STAGE_STARTING, /* the worker runs, and is not ready */
    STAGE_READY,
    STAGE_DYING,   /* it is killed, or ends by itself: not all of it is over */
    STAGE_AWAITED, /* it is over, and the next one is not started */
};

enum { SERVICE_REMAINS_MAX = 16, SERVICE_CHANGES_KEPT = 64 };

/* How workers follow each other. Times are ms of CLOCK_MONOTONIC. */
struct succession {
    enum stage stage;
    bool ready;              /* the worker has been */
    const char *breach;      /* why the supervisor killed the worker; NULL: it did not */
    char end[LOG_LINE_SIZE]; /* a sentence about the end of the last one */
    int status;              /* of waitpid; -1: it is not reaped, since the kernel holds a thread */
    int64_t lost;            /* since then no worker is ready */
    int64_t next;            /* STAGE_AWAITED: when the next one is started */
    int look_ms;             /* STAGE_DYING: until it is looked at again */
    struct crashes crashes;
    bool drain;                         /* the next one is to drain at once */
    int old_log;                        /* lines of the last one that the log had no room for; -1: none */
    pid_t remains[SERVICE_REMAINS_MAX]; /* to be reaped; 0: none */
    int64_t next_tick;                  /* 0: none */
    unsigned ticks;                     /* without a worker that is ready */
    struct watchdog watchdog;
};

struct supervisor {
    const struct options *options;
    struct daemonize daemonize;
    struct mounting mounting;
    struct shared *shared; /* what outlives the worker */
    struct namespaces namespaces;
    struct disk disk;
    struct problems problems; /* found before the start of the worker, which inherits them */
    struct on_change hook;
    uint64_t
        changes[SERVICE_CHANGES_KEPT]; /* generations that workers have reported, the newest before `next_change` */
    size_t next_change;
    int signals; /* signalfd of SIGTERM and SIGINT */
    struct child worker;
    struct succession succession;
    struct answers answers;
    bool ready; /* a worker has been ready */
    bool draining;
    bool gone;        /* the mount was removed from our mount namespace */
    bool held;        /* a thread of the worker is blocked in the kernel */
    int64_t deadline; /* of the drain, ms of CLOCK_MONOTONIC */
};

#endif

/*
 * service: what the modules of the supervisor's main loop share.
 */
#ifndef CERTFS_FS_SUPERVISOR_SERVICE_H
#define CERTFS_FS_SUPERVISOR_SERVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/fault.h"
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
#include "fs/supervisor/recent.h"
#include "fs/supervisor/remains.h"
#include "fs/supervisor/watchdog.h"
#include "fs/takeover/shared.h"
#include "fs/upgrade/command_line.h"
#include "fs/upgrade/service.h"
#include "fs/upgrade/trial.h"

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

enum { RELOAD_ASKING_MAX = 16 };

/* How workers follow each other. Times are ms of CLOCK_MONOTONIC. */
struct succession {
    enum stage stage;
    uint32_t number;         /* of the worker, from 1; shared memory has a copy, which a worker could change */
    bool ready;              /* the worker has been */
    const char *breach;      /* why the supervisor killed the worker; NULL: it did not */
    char end[LOG_LINE_SIZE]; /* a sentence about the end of the last one */
    int status;              /* of waitpid; -1: it is not reaped, since the kernel holds a thread */
    int64_t lost;            /* since then no worker is ready */
    int64_t next;            /* STAGE_AWAITED: when the next one is started */
    int look_ms;             /* STAGE_DYING: until it is looked at again */
    struct crashes crashes;
    bool planned;   /* the end of the last one: it was replaced by one of another program */
    bool probation; /* if the next one ends before it is ready, none follows before another program goes on */
    bool drain;     /* the next one is to drain at once */
    int old_log;    /* lines of the last one that the log had no room for; -1: none */
    pid_t remains[REMAINS_MAX]; /* to be reaped; 0: none */
    int64_t next_tick;          /* 0: none */
    int64_t next_look;          /* at an idle worker, whether it was stopped */
    unsigned ticks;             /* without a worker that is ready */
    struct watchdog watchdog;
};

enum reload_stage {
    RELOAD_IDLE,
    RELOAD_TRYING,    /* the other program tests itself */
    RELOAD_PASSED,    /* it is executed as soon as that is possible */
    RELOAD_SCOUTING,  /* in the other program: a scout shows whether a worker would come up */
    RELOAD_PROBATION, /* its first worker is not ready yet */
    RELOAD_RETURNING, /* the program before is executed again as soon as that is possible */
};

/* Processes that wait for an answer. */
struct reload_asking {
    pid_t pids[RELOAD_ASKING_MAX];
    size_t count;
};

/* How another program goes on (reload.h). */
struct reload {
    struct command_line line;
    enum reload_stage stage;
    bool wanted;                        /* another one, after this one */
    struct reload_asking asking, later; /* for this one; for that one */
    struct trial trial;
    int executable, before; /* the program that is tried; the one to go back to; -1: none */
    struct child scout;     /* pid 0: there is none */
    struct answers scout_answers;
    uint32_t worker;              /* the number of the worker that is to be replaced */
    int64_t deadline;             /* ms of CLOCK_MONOTONIC */
    char why[FAULT_MESSAGE_SIZE]; /* RELOAD_RETURNING */
};

/* Descriptors that systemd keeps (keeping.h). */
struct keeping {
    struct service_listed listed; /* at the start: those that it kept */
    size_t round;                 /* how often they were sent */
    bool adopted;                 /* the mount is one of an earlier supervisor: its users wait */
    int facts;                    /* the text that is kept; -1: not written yet */
    bool known;                   /* systemd has those of this mount, of the program before */
    bool converted;               /* but not this memory */
    unsigned sent;                /* messages of this round */
    int64_t next;                 /* when the next ones are sent, ms of CLOCK_MONOTONIC */
    int memory;                   /* the descriptor of the memory that was sent last */
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
    struct recent changes;            /* generations that workers have reported */
    struct recent logged;             /* hashes of problems that are in the log */
    struct on_change_report last_run; /* text "": none */
    int signals;                      /* signalfd of SIGTERM, SIGINT and SIGUSR2 */
    struct child worker;
    struct succession succession;
    struct reload reload;
    struct keeping keeping;
    struct answers answers;
    bool ready; /* a worker has been ready */
    bool draining;
    bool gone;        /* the mount was removed from our mount namespace */
    bool held;        /* a thread of the worker is blocked in the kernel */
    int64_t deadline; /* of the drain, ms of CLOCK_MONOTONIC */
};

#endif

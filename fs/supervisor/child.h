/*
 * child: the worker as a child process of the supervisor: start, channels, end.
 */
#ifndef CERTFS_FS_SUPERVISOR_CHILD_H
#define CERTFS_FS_SUPERVISOR_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/base/fault.h"
#include "fs/supervisor/zygotes.h" /* handed on */
#include "fs/worker/worker.h"

struct child {
    pid_t pid;
    int channel, log_channel, ask_channel; /* -1 when closed */
    int life;                              /* see child_read_life */
    int end;                               /* pidfd; -1: there is none */
    int problems_sent;                     /* by it */
    struct zygotes zygotes;                /* of the process from which its judges are forked; stays for the next one */
};

enum child_life {
    CHILD_QUIET,
    CHILD_BUSY,  /* it has a request after a while without */
    CHILD_ENDED, /* the thread that reads requests has */
};

/*
 * Starts a worker or a scout for this task, whose channels are set here, with all unneeded descriptors closed. The
 * first one and a scout get a zygote, which is started before; a later one has none and asks for it. Fault: system
 * (with errno).
 */
MUST_CHECK int child_start(struct child *child, struct worker_task *task, struct fault *f);

/* The same with a process that answers all requests with EIO until the mount ends; it has no channels and no zygote. */
MUST_CHECK int child_start_refusing(struct child *child, struct worker_task *task, struct fault *f);

/* Reads `life`, without waiting. */
enum child_life child_read_life(const struct child *child);

/* Waits until the thread that reads requests, or the process, has ended. */
bool child_ends_within(const struct child *child, int limit_ms);

/* Sends SIGCONT, in case the worker is stopped. Not after child_reap. */
void child_wake(const struct child *child);

/* Ends a worker at once. Not after child_reap. */
void child_kill(const struct child *child);

/* Closes the channels, which ends the worker. */
void child_close(struct child *child);

/* A sentence about the worker's end with this wait status, which is not 0. */
void child_describe_end(int status, char *ret, size_t size);

/* Waits for the worker's end and kills it after `limit_ms`. False if it still runs. */
MUST_CHECK bool child_reap(const struct child *child, int limit_ms);

#endif

/*
 * child: the worker as a child process of the supervisor: start, channels, end.
 */
#ifndef CERTFS_FS_SUPERVISOR_CHILD_H
#define CERTFS_FS_SUPERVISOR_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/base/fault.h"
#include "fs/disk/disk.h"
#include "fs/report/problems.h"
#include "fs/supervisor/zygotes.h" /* handed on */

struct shared;

struct child {
    pid_t pid;
    int channel, log_channel, ask_channel; /* the last two are -1 when closed */
    struct zygotes zygotes;                /* of the process from which its judges are forked */
};

/*
 * Starts the first zygote, and then the worker on this FUSE descriptor, with all unneeded descriptors closed, which
 * keeps in `shared` what outlives it. Fault:
 * system (with errno).
 */
MUST_CHECK int child_start(const struct options *options, const struct disk *disk, struct problems *problems,
                           struct shared *shared, int fuse, struct child *ret, struct fault *f);

/* Sends SIGCONT, in case the worker is stopped. Not after child_reap. */
void child_wake(const struct child *child);

/* Ends a worker that is no longer trusted, at once. Not after child_reap. */
void child_kill(const struct child *child);

/* Closes the channels, which ends the worker. */
void child_close(struct child *child);

/* A sentence about the worker's end with this wait status, which is not 0. */
void child_describe_end(int status, char *ret, size_t size);

/* Waits for the worker's end and kills it after `limit_ms`. False if it still runs. */
MUST_CHECK bool child_reap(const struct child *child, int limit_ms, int *ret_status);

#endif

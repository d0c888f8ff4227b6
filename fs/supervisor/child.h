/*
 * child: the worker as a process of the supervisor: its start, the lines to it, its end.
 */
#ifndef CERTFS_FS_SUPERVISOR_CHILD_H
#define CERTFS_FS_SUPERVISOR_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/base/fault.h"
#include "fs/disk/disk.h"
#include "fs/report/problems.h"

struct child {
    pid_t pid;
    int channel, log_channel; /* log_channel: for log lines; -1 when it is closed */
};

/* Starts the worker on this FUSE descriptor. It has nothing else open but what it works with. Fault: system. */
MUST_CHECK int child_start(const struct options *options, const struct disk *disk, struct problems *problems, int fuse,
                           struct child *ret, struct fault *f);

/* Lets it go on if somebody has stopped it. Only until it is reaped. */
void child_wake(const struct child *child);

/* Closes the lines: the worker ends. */
void child_close(struct child *child);

/* Waits for the worker's end, kills it when the time is over. False if even that did not help. */
MUST_CHECK bool child_reap(const struct child *child, int limit_ms, int *ret_status);

#endif

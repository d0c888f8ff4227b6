/*
 * supervisor: the process that mounts, starts the worker on the FUSE descriptor, relays its log lines and unmounts.
 *
 * It parses no untrusted input, reads no FUSE request, and never accesses its own mount, where it would block
 * unkillably if the worker hangs.
 */
#ifndef CERTFS_FS_SUPERVISOR_SUPERVISOR_H
#define CERTFS_FS_SUPERVISOR_SUPERVISOR_H

#include "fs/options/options.h"
#include "fs/upgrade/resume.h"

/*
 * Serves until a signal or an unmount. Unless in the foreground, forks, and the calling process exits when the mount
 * answers or the start has failed. `argv` is what a program that is to go on later is started with. Returns the exit
 * status.
 */
int supervisor_run(const struct options *options, int argc, char **argv);

/* For a command line that cannot be served: ends a mount that systemd has kept for this start. */
void supervisor_refuse(void);

/* supervisor_run in a process that another program has begun (reload.h); `resume` is released. */
int supervisor_resume(struct resume *resume, int argc, char **argv);

#endif

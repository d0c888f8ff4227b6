/*
 * supervisor: the process that mounts, keeps the FUSE descriptor, starts the worker on it, relays its log lines and
 * unmounts at the end.
 *
 * It parses nothing that comes from outside, reads no FUSE request, and never touches its own mount: in front of a
 * dead worker it would hang unkillably.
 */
#ifndef CERTFS_FS_SUPERVISOR_SUPERVISOR_H
#define CERTFS_FS_SUPERVISOR_SUPERVISOR_H

#include "fs/options/options.h"

/*
 * Serves as the options say until it is told to stop or unmounted. Unless in the foreground it forks, and the process
 * that called it exits here, once the mount answers or cannot be made. Returns the exit status.
 */
int supervisor_run(const struct options *options);

#endif

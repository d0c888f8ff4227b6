/*
 * death: whether a process that was killed can still do anything.
 *
 * The kernel reports the end of a process when its last thread has ended. A thread that it holds in a call may need a
 * reply on our mount for that, which only the next worker can give.
 */
#ifndef CERTFS_FS_SUPERVISOR_DEATH_H
#define CERTFS_FS_SUPERVISOR_DEATH_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Whether each thread of the process, which has SIGKILL pending and is not reaped yet, has ended or is held in a call
 * that changes nothing on disk: a notice to the kernel, or an fsync. `end` is its pidfd, or -1. False if /proc does not
 * show it.
 */
bool death_is_over(pid_t pid, int end);

#endif

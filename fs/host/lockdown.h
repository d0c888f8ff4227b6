/*
 * lockdown: hardens the worker process before it reads the first secret.
 */
#ifndef CERTFS_FS_HOST_LOCKDOWN_H
#define CERTFS_FS_HOST_LOCKDOWN_H

#include "fs/host/account.h"

enum { LOCKDOWN_PROBLEM_SIZE = 121 };

/*
 * No core dumps, not dumpable, no new privileges, no capabilities, umask 077, memory locked; and the process becomes
 * `user`, if that is not NULL: only root can.
 * Memory is locked (mlockall, current and future) only if RLIMIT_MEMLOCK is or can be made infinite: with a finite
 * limit a later allocation would fail. `ret_problem` gets one sentence if memory is not locked, else "". Everything
 * else must succeed: otherwise returns -1 with the sentence in `ret_problem`.
 */
int lockdown_enter(const struct account *user, char ret_problem[static LOCKDOWN_PROBLEM_SIZE]);

#endif

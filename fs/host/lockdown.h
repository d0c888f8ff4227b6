/*
 * lockdown: hardens the worker process before it reads the first secret.
 */
#ifndef CERTFS_FS_HOST_LOCKDOWN_H
#define CERTFS_FS_HOST_LOCKDOWN_H

#include <stdbool.h>

enum { LOCKDOWN_PROBLEM_SIZE = 121 };

/*
 * No core dumps, not dumpable, no new privileges, no capabilities, umask 077, memory locked.
 * Memory is locked (mlockall, current and future) only if RLIMIT_MEMLOCK is or can be made infinite, or if CAP_IPC_LOCK
 * lifts it (the one capability that is kept then): with a finite limit a later allocation would fail. `ret_problem`
 * gets one sentence if memory is not locked, else "". Everything else must succeed: otherwise returns -1 with the
 * sentence in `ret_problem`.
 */
int lockdown_enter(char ret_problem[static LOCKDOWN_PROBLEM_SIZE]);

#endif

/*
 * lockdown: makes the worker a safe place for keys, before the first secret is read.
 */
#ifndef CERTFS_FS_HOST_LOCKDOWN_H
#define CERTFS_FS_HOST_LOCKDOWN_H

#include <stdbool.h>

enum { LOCKDOWN_PROBLEM_SIZE = 121 };

/*
 * No core dumps, not dumpable, no new privileges, no capabilities, umask 077, memory locked.
 * Memory is locked (mlockall, current and future) only where the limit is or can be made infinite, or where
 * CAP_IPC_LOCK lifts it (the one capability that is kept then): a lock with a finite limit would let a later
 * allocation fail. Where it is not locked, `ret_problem` gets one sentence, else "".
 * Everything else must succeed; returns -1 where it does not, with the sentence in `ret_problem`.
 */
int lockdown_enter(char ret_problem[static LOCKDOWN_PROBLEM_SIZE]);

#endif

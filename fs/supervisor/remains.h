/*
 * remains: workers that are over, while the kernel still holds a thread of them.
 */
#ifndef CERTFS_FS_SUPERVISOR_REMAINS_H
#define CERTFS_FS_SUPERVISOR_REMAINS_H

#include <stdbool.h>
#include <sys/types.h>

enum { REMAINS_MAX = 16 };

/* Notes one, to be reaped; 0 in the list is none. One more than there is space for stays a zombie. */
void remains_add(pid_t list[static REMAINS_MAX], pid_t pid);

/* Reaps those that have ended. True if the kernel still holds a thread of one. */
bool remains_reap(pid_t list[static REMAINS_MAX]);

#endif

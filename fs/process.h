/*
 * process: what /proc tells about a process, as far as it still lives.
 */
#ifndef CERTFS_FS_PROCESS_H
#define CERTFS_FS_PROCESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The process that a thread belongs to; 0 when it is gone. */
pid_t process_of_thread(pid_t thread);

/* When the process started, in clock ticks since boot; 0 when it has ended, also while its parent has not asked yet. */
uint64_t process_started(pid_t pid);

/* Its name, printable ASCII; "?" when it is gone. */
void process_name(pid_t pid, char *ret, size_t size);

#endif

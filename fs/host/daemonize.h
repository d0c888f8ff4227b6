/*
 * daemonize: puts certfs into the background.
 *
 * The process that was started (the launcher) forks the supervisor and waits for it. The launcher exits with 0 only
 * when the mount answers, so the caller can use the mount at once.
 */
#ifndef CERTFS_FS_HOST_DAEMONIZE_H
#define CERTFS_FS_HOST_DAEMONIZE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/fault.h"

/* The write end of the pipe on which the launcher waits; -1 if there is none. */
struct daemonize {
    int waiting;
};

/* Opens /dev/null for those of descriptors 0 to 2 that are closed, so that no other file gets their numbers. */
void daemonize_open_standard(void);

/* Replaces the standard descriptors below `end` with /dev/null; STDERR_FILENO + 1 means all three. */
void daemonize_close_standard(int end);

/*
 * Closes all descriptors but 0 to 2 and these; -1 in the list is ignored. An inherited pipe or lock that stays open
 * would make other processes wait for its end for ever.
 */
void daemonize_keep_only(const int *kept, size_t count);

/*
 * For a child process that does not end by signals to its group: ignores those that the supervisor acts on, blocks
 * none, keeps these descriptors alone, leaves session and working directory, and keeps of the standard descriptors only
 * standard error, if it is to write there.
 */
void daemonize_settle_child(const int *kept, size_t count, bool writes_errors);

/*
 * Forks and returns in the child. The launcher never returns: it exits with 0 after daemonize_ready, otherwise with the
 * status of the child. Faults: system (with errno).
 */
MUST_CHECK int daemonize_fork(struct daemonize *ret, struct fault *f);

/* Leaves the terminal, the working directory and the standard descriptors, then lets the launcher exit, if there is
 * one. */
void daemonize_ready(struct daemonize *daemonize);

#endif

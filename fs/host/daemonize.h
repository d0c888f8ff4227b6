/*
 * daemonize: the way to the background.
 *
 * The process that was started (the launcher) forks the one that stays and waits for its word. Only when the mount
 * answers does the launcher exit with 0, so that whoever started certfs can use the mount at once.
 */
#ifndef CERTFS_FS_HOST_DAEMONIZE_H
#define CERTFS_FS_HOST_DAEMONIZE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/fault.h"

/* Who waits for us: the write end of the launcher's pipe, -1 for nobody. */
struct daemonize {
    int waiting;
};

/* Makes sure that descriptors 0 to 2 are open, so that no other file is ever taken for them. */
void daemonize_open_standard(void);

/* Puts /dev/null in the place of those below `end`: STDERR_FILENO, or STDERR_FILENO + 1 for all three. */
void daemonize_close_standard(int end);

/*
 * Closes all that is open but descriptors 0 to 2 and these; -1 stands for none. A pipe or a lock that somebody left
 * open for us would let others wait for ever for its end.
 */
void daemonize_keep_only(const int *kept, size_t count);

/*
 * Forks, and returns in the new process. The launcher never returns: it exits with 0 at daemonize_ready, otherwise with
 * the status of the new process. Faults: system (with errno).
 */
MUST_CHECK int daemonize_fork(struct daemonize *ret, struct fault *f);

/* Leaves terminal, working directory and standard descriptors, and lets the launcher go. Nothing if nobody waits. */
void daemonize_ready(struct daemonize *daemonize);

#endif

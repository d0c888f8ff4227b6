/*
 * executable: the program file that runs, and the one that stands at its path now.
 */
#ifndef CERTFS_FS_UPGRADE_EXECUTABLE_H
#define CERTFS_FS_UPGRADE_EXECUTABLE_H

#include <limits.h>
#include <stdbool.h>

#include "core/base/cleanup.h"

struct fault;

/*
 * The absolute path of the program that runs: the first word of the command line if that is one and leads to this
 * program (it may be a symbolic link that an upgrade turns), else that of /proc/self/exe; "" if neither is known.
 */
void executable_find(const char *word, char ret[static PATH_MAX]);

/* A descriptor of the program that runs, whatever is at its path; -1 with errno. For executable_run. */
int executable_open_self(void);

/*
 * Opens the program at this path, for executable_run. It must be a regular file that can be executed, and only root may
 * be able to replace it or a part of its path. Fault: system.
 */
MUST_CHECK int executable_open(const char *path, int *ret_fd, struct fault *f);

/* Executes it in the place of this process, as execve(2), whatever its path leads to now. Returns -1 with errno. */
int executable_run(int fd, char *const arguments[], char *const environment[]);

#endif

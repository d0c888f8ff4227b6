/*
 * sanitizer: whether this build has one. Sanitizers reserve terabytes of address space and make system calls of their
 * own, so RLIMIT_AS and the filters of system calls are off in such a build.
 */
#ifndef CERTFS_FS_HOST_SANITIZER_H
#define CERTFS_FS_HOST_SANITIZER_H

#include <stdbool.h>

bool sanitizer_is_built_in(void);

#endif

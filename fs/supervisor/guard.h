/*
 * guard: certfs --guard MOUNTPOINT makes an empty mount point immutable (ioctl_iflags(2)), so that nobody can
 * write there while certfs is not mounted. Mounting over it works as before; `chattr -i MOUNTPOINT` undoes it.
 */
#ifndef CERTFS_FS_SUPERVISOR_GUARD_H
#define CERTFS_FS_SUPERVISOR_GUARD_H

#include <stdbool.h>

#include "core/base/fault.h"

/*
 * Does nothing if the flag is set. Faults: usage (resolve_path), system (not a directory, a mount point, not empty, no
 * such flag in the filesystem, no permission; others with errno).
 */
MUST_CHECK int guard_set(const char *given, struct fault *f);

/* Whether this directory is immutable. */
bool guard_is_set(int directory);

#endif

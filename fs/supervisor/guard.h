/*
 * guard: certfs --guard MOUNTPOINT makes an empty mount point immutable (ioctl_iflags(2)), so that nothing can be
 * written there while certfs is away. A mount over it works as before; `chattr -i MOUNTPOINT` undoes it.
 */
#ifndef CERTFS_FS_SUPERVISOR_GUARD_H
#define CERTFS_FS_SUPERVISOR_GUARD_H

#include <stdbool.h>

#include "core/base/fault.h"

/*
 * One that is guarded already stays so. Faults: usage (resolve_path), system (no directory, something is mounted there,
 * it is not empty, the filesystem has no such flag, no right to set it; others with errno).
 */
MUST_CHECK int guard_set(const char *given, struct fault *f);

/* Whether this directory is immutable. */
bool guard_is_set(int directory);

#endif

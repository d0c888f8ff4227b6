/*
 * mountpoint: judges the place where certfs is to be mounted, and clears away what a dead certfs left there.
 *
 * Looks at the kernel's list of mounts and at the directory without ever asking a filesystem that may hang; only
 * whether a certfs there still lives is asked, by a child with a bounded wait.
 */
#ifndef CERTFS_FS_SUPERVISOR_MOUNTPOINT_H
#define CERTFS_FS_SUPERVISOR_MOUNTPOINT_H

#include <stdbool.h>

#include "core/base/fault.h"
#include "fs/host/mountinfo.h"

/*
 * Whether this process can mount at all: /dev/fuse, and for an ordinary user fusermount3.
 * Faults: system (with errno).
 */
MUST_CHECK int mountpoint_check_fuse(struct fault *f);

/*
 * Makes sure that `path` (of resolve_path) is a directory, that nothing is mounted there, and that this user may
 * mount there. Dead certfs mounts are detached; `ret_replaced` tells how many.
 * Fault: system (it is missing, something is mounted there; others with errno).
 */
MUST_CHECK int mountpoint_clear(const char *path, unsigned *ret_replaced, struct fault *f);

/* Makes sure that `path` (of resolve_path) is a directory where nothing is mounted, dead or not. Faults: as above. */
MUST_CHECK int mountpoint_check_free(const char *path, struct fault *f);

/* What is mounted at `path`. Fault: system. */
MUST_CHECK int mountpoint_find(const char *path, struct mountinfo *ret, struct fault *f);

/* Whether this device is what is mounted at `path`. */
bool mountpoint_has_device(const char *path, const char *device);

/*
 * Takes the topmost mount off `path` and ends its connection, whoever uses it, as `umount -f` does; for root.
 * Fault: system (with errno).
 */
MUST_CHECK int mountpoint_force(const char *path, struct fault *f);

/* Takes the topmost mount off `path`; who uses it still keeps it (lazy). Faults: system (with errno). */
MUST_CHECK int mountpoint_detach(const char *path, struct fault *f);

#endif

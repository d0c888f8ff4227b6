/*
 * mountpoint: checks the directory to mount on, and detaches the mounts of dead certfs processes.
 *
 * Never blocks on a hung filesystem: reads the kernel's list of mounts, opens the directory with O_PATH, and lets a
 * child process probe a mounted certfs, with a timeout.
 */
#ifndef CERTFS_FS_SUPERVISOR_MOUNTPOINT_H
#define CERTFS_FS_SUPERVISOR_MOUNTPOINT_H

#include <stdbool.h>

#include "core/base/fault.h"
#include "fs/host/mountinfo.h"

/* Checks that this process can use /dev/fuse and, unless it is root, fusermount3. Fault: system (with errno). */
MUST_CHECK int mountpoint_check_fuse(struct fault *f);

/*
 * Checks that `path` (from resolve_path) is a directory where nothing is mounted and this user may mount, after
 * detaching dead certfs mounts; `ret_replaced` is their number.
 * Fault: system (it is missing, something is mounted there; others with errno).
 */
MUST_CHECK int mountpoint_clear(const char *path, unsigned *ret_replaced, struct fault *f);

/* Checks that `path` (from resolve_path) is a directory where nothing is mounted. Faults: as above. */
MUST_CHECK int mountpoint_check_free(const char *path, struct fault *f);

/* Finds the mount at `path`. Fault: system. */
MUST_CHECK int mountpoint_find(const char *path, struct mountinfo *ret, struct fault *f);

/* Whether the mount at `path` has this device number. */
bool mountpoint_has_device(const char *path, const char *device);

/*
 * Detaches the topmost mount at `path` and aborts its connection, as `umount -f` does; for root.
 * Fault: system (with errno).
 */
MUST_CHECK int mountpoint_force(const char *path, struct fault *f);

/* Detaches the topmost mount at `path` (a lazy unmount). Fault: system (with errno). */
MUST_CHECK int mountpoint_detach(const char *path, struct fault *f);

#endif

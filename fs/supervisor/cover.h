/*
 * cover: mounts over MOUNTPOINT and reports what the mount hides.
 */
#ifndef CERTFS_FS_SUPERVISOR_COVER_H
#define CERTFS_FS_SUPERVISOR_COVER_H

#include "core/base/cleanup.h"
#include "fs/disk/disk.h"
#include "fs/report/problems.h"
#include "fs/supervisor/mounting.h"

/*
 * Calls mountpoint_clear, with a notice if it detached a mount, disk_check_paths and mounting_begin. Reports leftovers
 * (leftovers.h) also if mounting fails. Faults: usage (STORE and MOUNTPOINT seem swapped), and those of
 * mountpoint_clear and mounting_begin.
 */
MUST_CHECK int cover_mountpoint(const struct options *options, struct disk *disk, struct problems *problems,
                                struct mounting *ret, struct fault *f);

#endif

/*
 * cover: puts the mount over MOUNTPOINT, and looks at what it covers.
 */
#ifndef CERTFS_FS_SUPERVISOR_COVER_H
#define CERTFS_FS_SUPERVISOR_COVER_H

#include "fs/disk/disk.h"
#include "fs/report/problems.h"
#include "fs/supervisor/mounting.h"

/*
 * mountpoint_clear, with a notice, then disk_check_paths and mounting_begin, unless STORE and MOUNTPOINT look swapped;
 * what lies in MOUNTPOINT is reported (leftovers.h) also when it cannot be covered. Faults: usage (swapped), as
 * mountpoint_clear and mounting_begin.
 */
MUST_CHECK int cover_mountpoint(const struct options *options, struct disk *disk, struct problems *problems,
                                struct mounting *ret, struct fault *f);

#endif

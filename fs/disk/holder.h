/*
 * holder: the process that holds the lock of a store.
 */
#ifndef CERTFS_FS_DISK_HOLDER_H
#define CERTFS_FS_DISK_HOLDER_H

#include "core/base/fault.h"

/*
 * Returns -1 with the fault about the locked directory `fd`: the process that holds the lock, its mount point (the
 * mount of source `store` in its /proc/PID/mountinfo), and what to do. Fault: busy.
 */
int holder_refuse(int fd, const char *store, struct fault *f);

#endif

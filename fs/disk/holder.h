/*
 * holder: who has the lock of a store that this process cannot have.
 */
#ifndef CERTFS_FS_DISK_HOLDER_H
#define CERTFS_FS_DISK_HOLDER_H

#include "core/base/fault.h"

/*
 * Fills the fault about the directory behind `fd`, locked by somebody else: which process, where it is mounted (by its
 * own /proc/PID/mountinfo, as the mount whose source is `store`), and what to do. Returns -1. Fault: busy.
 */
int holder_refuse(int fd, const char *store, struct fault *f);

#endif

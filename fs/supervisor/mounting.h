/*
 * mounting: our own mount, from mount(2) to umount(2), by libfuse or its fusermount3. No FUSE request is read here.
 */
#ifndef CERTFS_FS_SUPERVISOR_MOUNTING_H
#define CERTFS_FS_SUPERVISOR_MOUNTING_H

#include "core/base/fault.h"
#include "fs/host/presence.h"
#include "fs/options/options.h"

struct fuse_session;

struct mounting {
    struct fuse_session *session; /* owned */
    const char *path;             /* borrowed from the options */
    struct presence presence;     /* also tells our mount from others that may come to the same place */
};

/*
 * Mounts at the options' mountpoint, which must be clear. What libfuse and fusermount3 print goes into the fault.
 * Faults: system, no_memory.
 */
MUST_CHECK int mounting_begin(const struct options *options, struct mounting *ret, struct fault *f);

/* The descriptor from which a worker reads requests; closed by mounting_end. */
int mounting_fd(const struct mounting *mounting);

/*
 * Unmounts, unless somebody else did, and closes the descriptor. Who still uses the mount keeps it (lazy); but not if
 * `held`: a thread of the worker that cannot end keeps the connection, and nobody would be served on it.
 */
void mounting_end(struct mounting *mounting, bool held);

#endif

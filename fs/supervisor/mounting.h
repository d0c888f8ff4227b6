/*
 * mounting: mounts and unmounts, by libfuse or its fusermount3. Reads no FUSE request.
 */
#ifndef CERTFS_FS_SUPERVISOR_MOUNTING_H
#define CERTFS_FS_SUPERVISOR_MOUNTING_H

#include <stdbool.h>

#include "core/base/fault.h"
#include "fs/host/presence.h"
#include "fs/options/options.h"

struct mounting {
    int fuse;                 /* the descriptor of /dev/fuse, for the worker; owned */
    const char *path;         /* borrowed from the options */
    struct presence presence; /* also distinguishes our mount from later ones at the same path */
};

/*
 * Mounts at options->mountpoint, where nothing may be mounted. The fault holds what libfuse or fusermount3 printed.
 * Faults: system, no_memory.
 */
MUST_CHECK int mounting_begin(const struct options *options, struct mounting *ret, struct fault *f);

/* The descriptor of /dev/fuse for the worker; mounting_end closes it. */
int mounting_fd(const struct mounting *mounting);

/* Whether the connection has ended: nobody sends requests now. */
bool mounting_is_over(const struct mounting *mounting);

/* Whether requests wait to be read. */
bool mounting_has_requests(const struct mounting *mounting);

/*
 * Takes over the mount that another process has made, with this descriptor, the result's from then on, and this device
 * number, without a request to it. False if it is not mounted at options->mountpoint now, or its connection has ended.
 */
bool mounting_adopt(const struct options *options, int fuse, const char *device, struct mounting *ret);

/*
 * Unmounts, unless that happened already, and closes the descriptor. The unmount is lazy, unless `held`: a thread of
 * the worker cannot end and keeps the connection, which is aborted then, since nobody would answer its requests.
 */
void mounting_end(struct mounting *mounting, bool held);

#endif

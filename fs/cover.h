/*
 * cover: puts the mount over MOUNTPOINT, and looks at what it covers.
 */
#ifndef CERTFS_FS_COVER_H
#define CERTFS_FS_COVER_H

#include "fs/mounting.h"
#include "fs/problems.h"

/*
 * mountpoint_clear, with a notice, then mounting_begin, unless STORE (a descriptor, -1 for none) and MOUNTPOINT look
 * swapped; what lies in MOUNTPOINT is reported (leftovers.h) also when it cannot be covered. Faults: wrong_type
 * (swapped), as mountpoint_clear and mounting_begin.
 */
MUST_CHECK int cover_place(const struct options *options, int store, struct problems *problems, struct mounting *ret,
                           struct fault *f);

#endif

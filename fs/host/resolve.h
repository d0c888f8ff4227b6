/*
 * resolve: where a path really leads, found out without asking what is mounted there.
 *
 * realpath(3) may look at the last name and at everything on the way; if a dead or hung FUSE mount is there, that
 * fails or never comes back. This walk reads links only, and stops in front of a barrier.
 */
#ifndef CERTFS_FS_HOST_RESOLVE_H
#define CERTFS_FS_HOST_RESOLVE_H

#include <limits.h>
#include <stdbool.h>

#include "core/base/fault.h"

/*
 * Makes `path` absolute, without links, ".", ".." and trailing slashes. `what` is its name in the sentence.
 * With `barrier` (a path made by this function, or NULL) it is a fault to lead to the barrier or past it.
 * That the last name is a directory is not looked at, only that it exists.
 * Faults: usage (in front of the barrier, a loop of links, too long), system (does not exist, no permission).
 */
MUST_CHECK int resolve_path(const char *what, const char *path, const char *barrier, char ret[static PATH_MAX],
                            struct fault *f);

#endif

/*
 * resolve: realpath(3) that accesses neither the last directory of a path nor anything in a given mount.
 *
 * realpath(3), and open(2) with O_PATH of a path that continues below a FUSE mount, fail if its process is dead and
 * block if it hangs. This walk reads symbolic links only, and stops at the barrier.
 */
#ifndef CERTFS_FS_HOST_RESOLVE_H
#define CERTFS_FS_HOST_RESOLVE_H

#include <limits.h>
#include <stdbool.h>

#include "core/base/fault.h"

/*
 * Makes `path` absolute, without symbolic links, ".", ".." and trailing slashes. `what` is its name for the message.
 * A path that leads to `barrier` (a path from this function, or NULL) or below it is a fault.
 * The last name must exist; it need not be a directory.
 * Faults: usage (in the barrier, a loop of links, too long), system (does not exist, no permission).
 */
MUST_CHECK int resolve_path(const char *what, const char *path, const char *barrier, char ret[static PATH_MAX],
                            struct fault *f);

/* Relative paths begin in this directory, borrowed, and no longer in the working directory; "": there are none. */
void resolve_start_from(const char *directory);

#endif

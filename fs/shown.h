/*
 * shown: the public files of a set in a directory, for certfs --check --against DIRECTORY.
 *
 * The directory is a certfs mount, certificates/ID in one, or any that holds ca.pem and cert.pem. Only the existence of
 * key.pem is checked; it is not read.
 */
#ifndef CERTFS_FS_SHOWN_H
#define CERTFS_FS_SHOWN_H

#include "core/action/check.h"
#include "core/base/cleanup.h"

/* Whether the path leads to a directory. */
bool shown_is_directory(const char *path);

/*
 * A request_look: `context` points to the path of the directory, a const char *. It holds the root set, and named sets
 * in certificates/, unless it is the directory of a named set itself: then `identifier` must be that one. Faults: usage
 * (the directory holds neither a set nor control), system (with errno), too_large, no_memory.
 */
MUST_CHECK int shown_look(void *context, const char *identifier, struct request_shown *ret, struct fault *f);

#endif

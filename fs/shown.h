/*
 * shown: the public files of a set in a directory, for certfs --check --against DIRECTORY.
 *
 * The directory is a certfs mount, certificates/ID in one, or any that holds ca.pem and cert.pem. key.pem is not read:
 * that there is one is all that is asked.
 */
#ifndef CERTFS_FS_SHOWN_H
#define CERTFS_FS_SHOWN_H

#include "core/action/check.h"

/* Whether the path leads to a directory. */
bool shown_is_directory(const char *path);

/*
 * An request_look: `context` points to the path of the directory, a const char *. The root set is in it, and a named
 * one in its certificates/ unless the path is that of a named set itself: then it has to be this one. Faults: usage
 * where the directory holds neither a set nor control; system (with errno), too_large, no_memory.
 */
MUST_CHECK int shown_look(void *context, const char *identifier, struct request_shown *ret, struct fault *f);

#endif

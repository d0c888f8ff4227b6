/*
 * directory: a walk over the names in a directory.
 */
#ifndef CERTFS_CORE_DIRECTORY_H
#define CERTFS_CORE_DIRECTORY_H

#include "core/cleanup.h"

typedef int directory_visit(void *context, const char *name);

/*
 * Calls `visit` for every name in the directory `fd`, from the beginning, and stops when it returns non-zero. The
 * visitor may remove and rename what it is given. Returns what it returned; -1 with errno if the listing fails.
 */
MUST_CHECK int directory_each(int fd, directory_visit *visit, void *context);

#endif

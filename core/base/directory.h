/*
 * directory: a walk over the names in a directory, and whether its path still leads to one that is open.
 */
#ifndef CERTFS_CORE_BASE_DIRECTORY_H
#define CERTFS_CORE_BASE_DIRECTORY_H

#include <limits.h>

#include "core/base/cleanup.h"

typedef int directory_visit(void *context, const char *name);

/*
 * Calls `visit` for every name in the directory `fd`, from the beginning, and stops when it returns non-zero. The
 * visitor may remove and rename what it is given. Returns what it returned; -1 with errno if the listing fails.
 */
MUST_CHECK int directory_each(int fd, directory_visit *visit, void *context);

/* A directory that is open, and the absolute path that has led to it. */
struct directory_place {
    int fd;           /* borrowed */
    const char *path; /* borrowed; NULL: not looked at, it is in its place */
    int link; /* if the last name of the path is a link, that link, so that the kernel keeps it in mind; or -1 */
    char was[PATH_MAX]; /* where the kernel says that it is: when the place was made */
};

enum directory_found {
    DIRECTORY_IN_PLACE,
    DIRECTORY_AWAY,     /* moved or removed */
    DIRECTORY_REPLACED, /* another one is at the end of the path */
};

struct directory_place directory_place(int fd, const char *path);
void directory_place_done(struct directory_place *place);

/*
 * Whether who opens the path now gets that directory. Asks no filesystem and takes no lock of a directory, so it does
 * not block: what the kernel does not know by itself, and what this process may not walk, is taken to be as it was.
 */
enum directory_found directory_find(const struct directory_place *place);

#endif

/*
 * directory: walks the names in a directory, and checks whether a path still leads to an open one.
 */
#ifndef CERTFS_CORE_BASE_DIRECTORY_H
#define CERTFS_CORE_BASE_DIRECTORY_H

#include <limits.h>

#include "core/base/cleanup.h"

typedef int directory_visit(void *context, const char *name);

/*
 * Calls `visit` for every name in the directory `fd`, from the beginning, until it returns non-zero. The visitor may
 * remove and rename entries. Returns the visitor's result; -1 with errno if reading the directory fails.
 */
MUST_CHECK int directory_each(int fd, directory_visit *visit, void *context);

/* The same of a descriptor that nothing else reads, from where it stands; closes it. */
MUST_CHECK int directory_list(int fd, directory_visit *visit, void *context);

/* An open directory and the absolute path through which it was opened. */
struct directory_place {
    int fd;             /* borrowed */
    const char *path;   /* borrowed; NULL: the directory always counts as in place */
    int link;           /* the last component if it is a symbolic link, held open so that it stays cached; or -1 */
    char was[PATH_MAX]; /* the kernel's name of the directory at the time of directory_place */
};

enum directory_found {
    DIRECTORY_IN_PLACE,
    DIRECTORY_AWAY,     /* moved or removed */
    DIRECTORY_REPLACED, /* the path leads to another directory */
};

struct directory_place directory_place(int fd, const char *path);
void directory_place_done(struct directory_place *place);

/*
 * Checks whether opening the path now leads to that directory. Never blocks: makes no request to a filesystem and takes
 * no directory lock. If the kernel cannot decide from its cache, or this process may not walk the path, the directory
 * counts as in place.
 */
enum directory_found directory_find(const struct directory_place *place);

#endif

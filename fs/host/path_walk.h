/*
 * path_walk: walks a path name by name and replaces symbolic links with their targets.
 */
#ifndef CERTFS_FS_HOST_PATH_WALK_H
#define CERTFS_FS_HOST_PATH_WALK_H

#include <limits.h>
#include <stdbool.h>

struct path_walk {
    int links;           /* followed so far */
    char done[PATH_MAX]; /* the walked part; "" is the root, no trailing slash */
    char rest[PATH_MAX]; /* still to walk */
};

/* Starts at `here` if the path is relative. False if it is too long. */
bool path_walk_begin(struct path_walk *steps, const char *here, const char *path);

/* Removes the next name from the rest; false if there is none. */
bool path_walk_next(struct path_walk *steps, char ret[static PATH_MAX]);

/* Appends a name to the walked part; false if that is too long. */
bool path_walk_enter(struct path_walk *steps, const char *name);

/* Removes the last name of the walked part. */
void path_walk_leave(struct path_walk *steps);

/* Replaces the name that was entered last, a symbolic link, with its target. Returns 0, ELOOP or ENAMETOOLONG. */
int path_walk_follow(struct path_walk *steps, const char *target);

#endif

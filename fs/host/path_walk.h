/*
 * path_walk: a path that is walked name by name, with the targets of symbolic links put in the place of their names.
 */
#ifndef CERTFS_FS_HOST_PATH_WALK_H
#define CERTFS_FS_HOST_PATH_WALK_H

#include <limits.h>
#include <stdbool.h>

struct path_walk {
    int links;           /* that were followed */
    char done[PATH_MAX]; /* what was entered: "" is the root, no slash at the end */
    char rest[PATH_MAX]; /* still to be walked */
};

/* False for a path that is too long. One that is not absolute starts at `here`. */
bool path_walk_begin(struct path_walk *steps, const char *here, const char *path);

/* Takes the next name; false when nothing is left. */
bool path_walk_next(struct path_walk *steps, char ret[static PATH_MAX]);

/* Adds a name to what is done; false where that is too long. */
bool path_walk_enter(struct path_walk *steps, const char *name);

/* Takes the last name off what is done. */
void path_walk_leave(struct path_walk *steps);

/* The name that was entered last is a link with this target. Returns 0, or ELOOP or ENAMETOOLONG. */
int path_walk_follow(struct path_walk *steps, const char *target);

#endif

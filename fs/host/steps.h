/*
 * steps: a path that is walked name by name, with the targets of symbolic links put in the place of their names.
 */
#ifndef CERTFS_FS_HOST_STEPS_H
#define CERTFS_FS_HOST_STEPS_H

#include <limits.h>
#include <stdbool.h>

struct steps {
    int links;           /* that were followed */
    char done[PATH_MAX]; /* what was entered: "" is the root, no slash at the end */
    char rest[PATH_MAX]; /* still to be walked */
};

/* False for a path that is too long. One that is not absolute starts at `here`. */
bool steps_begin(struct steps *steps, const char *here, const char *path);

/* Takes the next name; false when nothing is left. */
bool steps_next(struct steps *steps, char ret[static PATH_MAX]);

/* Adds a name to what is done; false where that is too long. */
bool steps_enter(struct steps *steps, const char *name);

/* Takes the last name off what is done. */
void steps_leave(struct steps *steps);

/* The name that was entered last is a link with this target. Returns 0, or ELOOP or ENAMETOOLONG. */
int steps_follow(struct steps *steps, const char *target);

#endif

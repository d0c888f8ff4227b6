/*
 * stamp: by what a file is known to be as it was when it was looked at last, without reading it.
 */
#ifndef CERTFS_CORE_BASE_STAMP_H
#define CERTFS_CORE_BASE_STAMP_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

/* All zero is no file's. */
struct stamp {
    ino_t inode;
    off_t size;
    struct timespec changed; /* the time of the last change of its content or of its inode */
};

/* Of the file `name` in the directory `fd`, a link not followed. False where there is none. */
bool stamp_take(int fd, const char *name, struct stamp *ret);

bool stamp_equal(const struct stamp *a, const struct stamp *b);

#endif

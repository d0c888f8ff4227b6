/*
 * stamp: identifies a state of a file, to detect changes without reading it.
 */
#ifndef CERTFS_CORE_BASE_STAMP_H
#define CERTFS_CORE_BASE_STAMP_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

/* All zero if there is no file. */
struct stamp {
    ino_t inode;
    off_t size;
    struct timespec changed; /* of the content or the inode (st_ctim) */
};

/* Reads the stamp of the file `name` in the directory `fd`, without following a link. False if there is none. */
bool stamp_take(int fd, const char *name, struct stamp *ret);

/* The stamp of a file that was looked up. */
struct stamp stamp_of(const struct stat *facts);

bool stamp_equal(const struct stamp *a, const struct stamp *b);

#endif

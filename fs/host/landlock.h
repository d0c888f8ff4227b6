/*
 * landlock: which files this process may open, independent of their modes (landlock(7)).
 */
#ifndef CERTFS_FS_HOST_LANDLOCK_H
#define CERTFS_FS_HOST_LANDLOCK_H

#include <stddef.h>

enum { LANDLOCK_REMARK_SIZE = 161 };

/* The operations that are allowed beneath a directory. */
enum landlock_use {
    LANDLOCK_READ_FILES, /* to list it, and to open files for reading */
    LANDLOCK_KEEP_FILES, /* also to write, create, rename and remove files */
};

/* A row without a directory, -1, allows nothing. */
struct landlock_row {
    int directory; /* borrowed */
    enum landlock_use use;
};

/*
 * From then on this thread and its children open no file but by the rows, whatever the file's mode allows, and what is
 * open stays usable. Nor do they bind or connect TCP sockets, send signals or connect to abstract sockets outside, if
 * the kernel knows these restrictions. Needs no_new_privs. Cannot be taken back.
 * In `ret_remark` stand the restrictions that the kernel lacks, and the reason; "" if it lacks none.
 */
void landlock_enter(const struct landlock_row *rows, size_t count, char ret_remark[static LANDLOCK_REMARK_SIZE]);

#endif

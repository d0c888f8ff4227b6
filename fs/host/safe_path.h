/*
 * safe_path: whether somebody could put another file in the place of one that a path names.
 *
 * The path is walked as it is written, name by name, as the kernel does it: each directory and each symbolic link on
 * the way, those of a link's target too, must belong to who is trusted, and no directory may be one that others can
 * write, unless it is sticky, as /tmp is: there only its owner replaces what somebody owns.
 */
#ifndef CERTFS_FS_HOST_SAFE_PATH_H
#define CERTFS_FS_HOST_SAFE_PATH_H

#include <limits.h>
#include <sys/stat.h>

enum safe_path {
    SAFE_PATH_OK,      /* root and who is trusted alone can change what the path leads to */
    SAFE_PATH_UNSAFE,  /* others can replace or write the culprit */
    SAFE_PATH_MISSING, /* the culprit is not there, or cannot be looked at; what is in front of it is safe */
};

/*
 * Walks an absolute path, and looks at nothing behind an unsafe part. On SAFE_PATH_OK the attributes of what it leads
 * to are in `ret_facts`; otherwise `ret_culprit` is the part of the way at fault.
 */
enum safe_path safe_path_check(const char *path, uid_t trusted, struct stat *ret_facts,
                               char ret_culprit[static PATH_MAX]);

#endif

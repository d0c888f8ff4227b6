/*
 * safe_path: whether other users could replace the file that a path names.
 *
 * The path is walked name by name, as the kernel does: each directory and each symbolic link on it, those of link
 * targets included, must belong to root or the trusted user, and no directory may be writable by others unless it is
 * sticky.
 */
#ifndef CERTFS_FS_HOST_SAFE_PATH_H
#define CERTFS_FS_HOST_SAFE_PATH_H

#include <limits.h>
#include <sys/stat.h>

enum safe_path {
    SAFE_PATH_OK,      /* only root and the trusted user can replace the file */
    SAFE_PATH_UNSAFE,  /* others can replace or write the culprit */
    SAFE_PATH_MISSING, /* the culprit does not exist or cannot be read; the path up to it is safe */
};

/*
 * Walks an absolute path up to its first unsafe part. On SAFE_PATH_OK `ret_facts` holds the attributes of the file;
 * otherwise `ret_culprit` is the part of the path at fault.
 */
enum safe_path safe_path_check(const char *path, uid_t trusted, struct stat *ret_facts,
                               char ret_culprit[static PATH_MAX]);

#endif

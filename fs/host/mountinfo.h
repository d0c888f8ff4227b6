/*
 * mountinfo: the mounts of a mount namespace, from /proc/PID/mountinfo (proc(5)). libmount would be a fourth library.
 *
 * Reading the list accesses no mounted filesystem, so a hung one cannot block it.
 */
#ifndef CERTFS_FS_HOST_MOUNTINFO_H
#define CERTFS_FS_HOST_MOUNTINFO_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "core/base/buf.h"
#include "core/base/fault.h"

enum { MOUNTINFO_NAME_SIZE = 64 };

struct mountinfo {
    int id;
    int parent;
    char device[MOUNTINFO_NAME_SIZE]; /* "0:53", unique among mounted filesystems */
    char point[PATH_MAX];             /* as resolve_path writes it; octal escapes are decoded */
    char type[MOUNTINFO_NAME_SIZE];   /* "fuse.certfs" */
    char source[PATH_MAX];            /* STORE for a certfs; "" if there is none or it is too long */
    uid_t user;                       /* user_id= of a FUSE mount; 0 for others */
    gid_t group;
};

/* Reads the list of this process, NUL-terminated. Faults: system (with errno), no_memory, too_large. */
MUST_CHECK int mountinfo_read(struct buf *ret, struct fault *f);

/* Reads the list of another process, that of its mount namespace. */
MUST_CHECK int mountinfo_read_of(pid_t pid, struct buf *ret, struct fault *f);

/* Parses the next line and advances the text; skips malformed lines. False at the end. */
bool mountinfo_next(const char **text, struct mountinfo *ret);

/*
 * Finds the mount that holds a path, as the kernel's lookup does: from the root, at each directory into the newest
 * mount on it, so that hidden mounts are skipped. False if the list does not lead to one. The path is a mount point
 * exactly if `ret->point` equals it.
 */
bool mountinfo_find(const char *text, const char *path, struct mountinfo *ret);

#endif

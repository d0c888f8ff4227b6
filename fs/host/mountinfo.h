/*
 * mountinfo: what is mounted where, read from the kernel's own list (proc(5), /proc/self/mountinfo).
 *
 * Reading a list touches no filesystem, so it cannot hang in front of a dead one. Everything but mountinfo_read is a
 * function of the text alone.
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
    char device[MOUNTINFO_NAME_SIZE]; /* "0:53": one for each living filesystem */
    char point[PATH_MAX];             /* as resolve_path writes it; the list's octal escapes are undone */
    char type[MOUNTINFO_NAME_SIZE];   /* "fuse.certfs" */
    char source[PATH_MAX];            /* of a certfs its STORE; "" where there is none or it is too long */
    uid_t user;                       /* of a FUSE mount: who made it; 0 for others */
    gid_t group;
};

/* Reads the list, with a NUL behind it. Faults: system (with errno), no_memory, too_large. */
MUST_CHECK int mountinfo_read(struct buf *ret, struct fault *f);

/* The same list as another process sees it, in its own mount namespace. */
MUST_CHECK int mountinfo_read_of(pid_t pid, struct buf *ret, struct fault *f);

/* Takes one line off the text; lines that cannot be understood are passed over. False at the end. */
bool mountinfo_next(const char **text, struct mountinfo *ret);

/*
 * Finds the mount that a path leads into, the way the kernel walks: from the root, at each directory into what is
 * mounted there last. A mount that is hidden below another one is not found. False if the list has no way to it.
 * The path itself is a mount point exactly if `ret->point` equals it.
 */
bool mountinfo_find(const char *text, const char *path, struct mountinfo *ret);

#endif

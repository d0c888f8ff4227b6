/*
 * seccomp: a filter of system calls that is built from a table of those that are allowed.
 *
 * The filter holds for x86-64 and arm64. A call by the convention of another architecture (32 bits) always kills the
 * process; a call by an x32 number is one that is not in the table.
 */
#ifndef CERTFS_FS_HOST_SECCOMP_H
#define CERTFS_FS_HOST_SECCOMP_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/cleanup.h"

enum { SECCOMP_ROWS_MAX = 256 };

struct seccomp_condition {
    unsigned argument;
    uint64_t mask, value;
};

/*
 * A call that is allowed, `mask` 0: with any arguments; otherwise if (argument & mask) == value, where `argument` is
 * the number of the argument, 0 to 5, and if `also` holds in the same way. A call may have several rows: one must fit.
 *
 * The kernel reads only the lower half of an argument that is an int: a mask of UINT32_MAX compares that half, and
 * UINT32_MAX & ~FLAGS with the value 0 allows no flag but FLAGS.
 */
struct seccomp_row {
    long number; /* SYS_...; the table leaves out what its architecture lacks */
    unsigned argument;
    uint64_t mask, value;
    struct seccomp_condition also; /* of another argument; mask 0: none */
};

/* The end of calls that are not allowed. */
enum seccomp_otherwise {
    SECCOMP_OTHERWISE_KILL,  /* the process dies of SIGSYS */
    SECCOMP_OTHERWISE_EPERM, /* they fail with EPERM */
};

/*
 * Installs the filter in all threads of the process; it adds to filters that are there and cannot be removed. Needs
 * no_new_privs or CAP_SYS_ADMIN. Returns -1 with errno: EINVAL (too many rows, an argument that is none, or the kernel
 * has no filters), ENOSYS (another architecture). Does nothing in a build with a sanitizer (sanitizer.h).
 */
MUST_CHECK int seccomp_allow(const struct seccomp_row *rows, size_t count, enum seccomp_otherwise otherwise);

#endif

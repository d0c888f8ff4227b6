/*
 * cleanup: ownership of locals.
 *
 * A local that owns something is declared with CLEANUP and its release function, on the line where it is
 * initialised; it is then released on every way out. Ownership leaves the local only by TAKE.
 */
#ifndef CERTFS_CORE_BASE_CLEANUP_H
#define CERTFS_CORE_BASE_CLEANUP_H

#include <stddef.h>

#define CLEANUP(release) __attribute__((cleanup(release)))

#define MUST_CHECK __attribute__((warn_unused_result))

/* The pointer's value; the variable itself is NULL afterwards, so that its CLEANUP finds nothing to release. */
#define TAKE(pointer)                                                                                                  \
    __extension__({                                                                                                    \
        __typeof__(pointer) taken_ = (pointer);                                                                        \
        (pointer) = NULL;                                                                                              \
        taken_;                                                                                                        \
    })

/* Releases a descriptor; -1 is none. */
void close_fd(const int *fd);

#endif

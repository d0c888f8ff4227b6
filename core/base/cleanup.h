/*
 * cleanup: ownership of local variables.
 *
 * A local that owns something is declared with CLEANUP and its release function on the line that initialises it, and is
 * released on every return. Only TAKE moves ownership out of the local.
 */
#ifndef CERTFS_CORE_BASE_CLEANUP_H
#define CERTFS_CORE_BASE_CLEANUP_H

#include <stddef.h>

#define CLEANUP(release) __attribute__((cleanup(release)))

#define MUST_CHECK __attribute__((warn_unused_result))

/* Returns the pointer and sets the variable to NULL, so that its CLEANUP releases nothing. */
#define TAKE(pointer)                                                                                                  \
    __extension__({                                                                                                    \
        __typeof__(pointer) taken_ = (pointer);                                                                        \
        (pointer) = NULL;                                                                                              \
        taken_;                                                                                                        \
    })

/* Closes a descriptor, unless it is -1. */
void close_fd(const int *fd);

#endif

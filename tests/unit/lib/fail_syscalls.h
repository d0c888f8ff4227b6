/*
 * fail_syscalls: system calls that fail on demand: write, fsync, openat, renameat, linkat, unlinkat, pipe2, fork,
 * pidfd_open, pwrite, fallocate and ftruncate of everything that is linked into the program (--wrap in the Makefile).
 */
#ifndef CERTFS_TESTS_UNIT_LIB_FAIL_SYSCALLS_H
#define CERTFS_TESTS_UNIT_LIB_FAIL_SYSCALLS_H

#include <stdbool.h>
#include <stddef.h>

/* The nth of these calls from now on fails with EIO, and no other; 0: none. */
void calls_fail(size_t nth);

/* The same, but all from the nth on fail. */
void calls_fail_from(size_t nth);

/* The nth of these calls from now on is not made, and ends the process (_exit) with this status; 0: none. */
enum { CALLS_ENDED = 99 };
void calls_end(size_t nth);

/* With which errno from now on; 0: EIO, as at the beginning. */
void calls_fail_with(int error);

/* From now on a write takes at most so many bytes; 0: all that it is given. */
void calls_shorten(size_t size);

/* Whether the call that was to fail has come. */
bool calls_have_failed(void);

/* The name of the call that failed first. */
const char *calls_failed_name(void);

/* Counts the fsyncs since the program began. */
size_t calls_fsyncs(void);

/* The nth close of a descriptor from now on closes it and fails with EIO, and no other; 0: none. */
void calls_fail_close(size_t nth);

#endif

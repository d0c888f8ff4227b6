/*
 * test_hooks: what tests do to a running worker. Empty unless built with make HOOKS=1.
 */
#ifndef CERTFS_FS_HOST_TEST_HOOKS_H
#define CERTFS_FS_HOST_TEST_HOOKS_H

#include <stdint.h>

/* Holds an import for CERTFS_TEST_HOLD_MS milliseconds (environment), in the importer. */
void test_hooks_hold_import(void);

/* Holds a commit for CERTFS_TEST_COMMIT_MS milliseconds, in the importer: it is permitted and not on disk yet. */
void test_hooks_hold_commit(void);

/* Holds a notice about the set of this number for CERTFS_TEST_NOTICE_MS milliseconds, if it is CERTFS_TEST_NOTICE_SET.
 */
void test_hooks_hold_notice(uint64_t set);

/* The milliseconds that this variable of the environment tells; `otherwise` where there is none. */
int64_t test_hooks_time(const char *variable, int64_t otherwise);

#endif

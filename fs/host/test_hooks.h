/*
 * test_hooks: delays for tests of a running worker, and layers that are missing. They do nothing unless built with make
 * HOOKS=1.
 */
#ifndef CERTFS_FS_HOST_TEST_HOOKS_H
#define CERTFS_FS_HOST_TEST_HOOKS_H

#include <stdbool.h>
#include <stdint.h>

/* Delays an import by $CERTFS_TEST_HOLD_MS milliseconds, in the importer. */
void test_hooks_hold_import(void);

/* Delays a commit by $CERTFS_TEST_COMMIT_MS milliseconds, in the importer, before it is on disk. */
void test_hooks_hold_commit(void);

/* Delays a notice about this set by $CERTFS_TEST_NOTICE_MS milliseconds if it is $CERTFS_TEST_NOTICE_SET. */
void test_hooks_hold_notice(uint64_t set);

/* Delays a self-test (fs/upgrade/trial.h) by $CERTFS_TEST_TRIAL_HOLD_MS milliseconds. */
void test_hooks_hold_trial(void);

/* Never returns, if $CERTFS_TEST_HANG is this number of a FUSE operation. */
void test_hooks_hang(uint32_t operation);

/* Whether $CERTFS_TEST_LACKS, words separated by commas, has this one: the kernel is to seem to lack it. */
bool test_hooks_lacks(const char *layer);

/* The number in this environment variable; `otherwise` if it is not set. */
int64_t test_hooks_time(const char *variable, int64_t otherwise);

#endif

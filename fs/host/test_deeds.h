/*
 * test_deeds: attacks of test_attacks.h that are more than one system call. Empty unless built with make HOOKS=1.
 */
#ifndef CERTFS_FS_HOST_TEST_DEEDS_H
#define CERTFS_FS_HOST_TEST_DEEDS_H

enum { TEST_DEEDS_GO_ON = 1 << 20 };

/*
 * Returns what a system call would: -1 with errno if the attack has failed; EINVAL: there is none of this name.
 * TEST_DEEDS_GO_ON: the process is to go on with what it does.
 */
long test_deeds_do(const char *name, const char *argument, int line);

#endif

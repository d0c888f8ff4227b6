/*
 * test_deeds: attacks of test_attacks.h that are more than one system call. Empty unless built with make HOOKS=1.
 */
#ifndef CERTFS_FS_HOST_TEST_DEEDS_H
#define CERTFS_FS_HOST_TEST_DEEDS_H

/* Returns what a system call would: -1 with errno if the attack has failed; EINVAL: there is none of this name. */
long test_deeds_do(const char *name, const char *argument, int line);

#endif

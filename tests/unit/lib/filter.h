/*
 * filter: system calls that fail, as on another kernel or in a container.
 */
#ifndef CERTFS_TESTS_UNIT_LIB_FILTER_H
#define CERTFS_TESTS_UNIT_LIB_FILTER_H

/* From now on this call fails with this errno, in this process and its children. Returns -1 if that cannot be. */
int filter_refuse(long number, int error);

#endif

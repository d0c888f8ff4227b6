/*
 * negotiate: which abilities of the kernel are used. The kernel asks once for each mount, and each worker must go by
 * that one answer, whichever version of libfuse it has.
 */
#ifndef CERTFS_FS_OPS_NEGOTIATE_H
#define CERTFS_FS_OPS_NEGOTIATE_H

#include <stdint.h>

struct fuse_conn_info;

/* Sets what is wanted; `flags` are those that the kernel got as an answer (<linux/fuse.h>), 0 before that. */
void negotiate(struct fuse_conn_info *connection, uint64_t flags);

#endif

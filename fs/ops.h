/*
 * ops: one function per FUSE request: fetch, check, call, exactly one reply. Nothing here blocks and nothing here
 * notifies the kernel.
 */
#ifndef CERTFS_FS_OPS_H
#define CERTFS_FS_OPS_H

struct fuse_lowlevel_ops;

/* The user data of the session is the struct server. */
const struct fuse_lowlevel_ops *ops_table(void);

#endif

/*
 * ops: the table of operations of each kind of node, and the FUSE requests, which are dispatched by it.
 *
 * The inode number of a request is decoded here, once. None of the operations blocks and none notifies the kernel.
 */
#ifndef CERTFS_FS_OPS_OPS_H
#define CERTFS_FS_OPS_OPS_H

struct fuse_lowlevel_ops;

/* The user data of the session is the struct server. */
const struct fuse_lowlevel_ops *ops_table(void);

#endif

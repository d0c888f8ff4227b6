/*
 * ops: the table of FUSE requests. One function each, in names, files and control: fetch, check, call, exactly one
 * reply. None of them blocks and none notifies the kernel.
 */
#ifndef CERTFS_FS_OPS_OPS_H
#define CERTFS_FS_OPS_OPS_H

struct fuse_lowlevel_ops;

/* The user data of the session is the struct server. */
const struct fuse_lowlevel_ops *ops_table(void);

#endif

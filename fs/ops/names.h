/*
 * names: LOOKUP, GETATTR, READLINK: which inode a name leads to, and what it is.
 *
 * What the kernel may remember: the files of a set never change under their inode number, so their names and
 * attributes are given for a very long time; the names are taken back when a new set is current. The
 * directories on the way to them are needed for every path walk and are taken back too. All else is never remembered.
 */
#ifndef CERTFS_FS_OPS_NAMES_H
#define CERTFS_FS_OPS_NAMES_H

#include <fuse_lowlevel.h>

void names_lookup(fuse_req_t req, fuse_ino_t parent, const char *name);
void names_getattr(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi);
void names_readlink(fuse_req_t req, fuse_ino_t inode);

#endif

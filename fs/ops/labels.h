/*
 * labels: GETXATTR and LISTXATTR. A named set's tags are the `user.` attributes of its directory, to be read only.
 *
 * The kernel takes attribute names of at most 255 bytes; a tag whose key is too long for one is left out.
 */
#ifndef CERTFS_FS_OPS_LABELS_H
#define CERTFS_FS_OPS_LABELS_H

#include <fuse_lowlevel.h>

void labels_getxattr(fuse_req_t req, fuse_ino_t inode, const char *name, size_t size);
void labels_listxattr(fuse_req_t req, fuse_ino_t inode, size_t size);

#endif

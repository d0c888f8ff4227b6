/*
 * certificates: the directory certificates/ and the directories of named sets in it.
 *
 * A named set's tags are the `user.` extended attributes of its directory, read-only. The kernel takes attribute names
 * of at most 255 bytes; a tag whose key is too long for one is left out.
 */
#ifndef CERTFS_FS_OPS_CERTIFICATES_H
#define CERTFS_FS_OPS_CERTIFICATES_H

#include <fuse_lowlevel.h>

#include "fs/state/node.h"

int certificates_lookup(fuse_req_t req, struct node directory, const char *name);
int certificates_readdir(fuse_req_t req, struct node directory, size_t size, off_t offset);

/* The operations of certificates/ID. */
int certificates_lookup_file(fuse_req_t req, struct node set, const char *name);
int certificates_readdir_files(fuse_req_t req, struct node set, size_t size, off_t offset);
int certificates_getxattr(fuse_req_t req, struct node set, const char *name, size_t size);
int certificates_listxattr(fuse_req_t req, struct node set, size_t size);

#endif

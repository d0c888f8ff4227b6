/*
 * root: the directory that is mounted: the files of the root set and what there is one of.
 */
#ifndef CERTFS_FS_OPS_ROOT_H
#define CERTFS_FS_OPS_ROOT_H

#include <fuse_lowlevel.h>

#include "fs/state/node.h"

int root_lookup(fuse_req_t req, struct node root, const char *name);
int root_readdir(fuse_req_t req, struct node root, size_t size, off_t offset);

#endif

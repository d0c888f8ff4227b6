/*
 * generations: the directory generations/, its directories generations/N, and the link `current` to one of them.
 *
 * Only the root set's generations are here, those that are still kept. Nothing in here is ever remembered by the
 * kernel but the name of generations/ itself.
 */
#ifndef CERTFS_FS_OPS_GENERATIONS_H
#define CERTFS_FS_OPS_GENERATIONS_H

#include <fuse_lowlevel.h>

#include "fs/state/node.h"

int generations_lookup(fuse_req_t req, struct node directory, const char *name);
int generations_readdir(fuse_req_t req, struct node directory, size_t size, off_t offset);

/* The operations of generations/N. */
int generations_lookup_file(fuse_req_t req, struct node directory, const char *name);
int generations_readdir_files(fuse_req_t req, struct node directory, size_t size, off_t offset);

/* The operations of `current`. */
int generations_readlink(fuse_req_t req);

#endif

/*
 * listing: READDIR. Every listing is made anew for each request, so that it never lies; a file that is not there now
 * is not listed, and the inode numbers are those that stat gives.
 */
#ifndef CERTFS_FS_OPS_LISTING_H
#define CERTFS_FS_OPS_LISTING_H

#include <fuse_lowlevel.h>

void listing_readdir(fuse_req_t req, fuse_ino_t inode, size_t size, off_t offset, struct fuse_file_info *fi);

#endif

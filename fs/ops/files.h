/*
 * files: OPEN, READ, POLL and RELEASE of everything that is no directory.
 *
 * ca.pem and cert.pem are page-cached; key.pem and cwallet.sso are read past the page cache, and where sendfile(2),
 * splice(2) or a mapping went through it, the key is thrown out at the close. What is done with last, status and
 * metrics stands in texts.h.
 */
#ifndef CERTFS_FS_OPS_FILES_H
#define CERTFS_FS_OPS_FILES_H

#include <fuse_lowlevel.h>

void files_open(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi);
void files_read(fuse_req_t req, fuse_ino_t inode, size_t size, off_t offset, struct fuse_file_info *fi);
void files_poll(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi, struct fuse_pollhandle *poll);
void files_release(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi);

#endif

/*
 * control: OPEN, WRITE, FLUSH and RELEASE of the control file.
 */
#ifndef CERTFS_FS_OPS_CONTROL_H
#define CERTFS_FS_OPS_CONTROL_H

#include <fuse_lowlevel.h>

struct handle;
struct server;
struct upload;

/* Fills `fi`; on -1 the request is answered already. How many are open has limits (shares.h): EMFILE, ENFILE. */
int control_open(fuse_req_t req, struct fuse_file_info *fi);

/* What it opened is closed, by the last close or without one. */
void control_close(struct server *server, const struct handle *handle);

void control_write(fuse_req_t req, fuse_ino_t inode, const char *bytes, size_t size, off_t offset,
                   struct fuse_file_info *fi);

/* Comes with every close of every copy of a descriptor, also in mid-document: it repeats, it never decides. */
void control_flush(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi);

/* The last close: what was given up in mid-document is recorded. */
void control_release(struct server *server, struct upload *upload);

/*
 * Writers truncate and touch control; that has no effect. Nobody changes a mode or an owner, or any other file; but
 * `cp -p`, which has just written its document and now wants the mode of its source, is let believe so: its exit
 * status is to be the verdict.
 */
void control_setattr(fuse_req_t req, fuse_ino_t inode, struct stat *wanted, int to_set, struct fuse_file_info *fi);
void control_setxattr(fuse_req_t req, fuse_ino_t inode, const char *name, const char *value, size_t size, int flags);

#endif

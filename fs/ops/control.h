/*
 * control: the control file. Its WRITE takes a document; how many may be open has limits (shares.h): EMFILE, ENFILE.
 *
 * Writers truncate and touch control; that has no effect. Nobody can change its mode or owner; but `cp -p`, which has
 * just written its document and now sets the mode of its source, is answered as if it had: its exit status is to be
 * that of the import. Extended attributes are reported to it as not supported, so that it goes on to the plain mode.
 */
#ifndef CERTFS_FS_OPS_CONTROL_H
#define CERTFS_FS_OPS_CONTROL_H

#include "core/base/buf.h"
#include "fs/ops/node_ops.h"
#include "fs/state/node.h"

int control_setattr(fuse_req_t req, struct node node, const struct stat *wanted, int to_set);
int control_setxattr(fuse_req_t req, const char *name);

int control_open(fuse_req_t req, struct node node, struct fuse_file_info *fi);

/* The answer, from where the last read ended: offsets mean nothing on control. */
int control_read(fuse_req_t req, struct node node, struct handle *handle, const struct read_range *range);
int control_write(fuse_req_t req, struct handle *handle, struct span bytes, off_t offset);

/* Comes with every close of every copy of a descriptor, also in mid-document: it repeats a verdict, it never decides.
 */
int control_flush(fuse_req_t req, struct handle *handle);

/* A document that is incomplete by now is recorded as refused. */
void control_release(struct server *server, struct handle *handle);

#endif

/*
 * reply: what the operations share: which server a request is for, and the common ways to answer it. Those that return
 * an int answer and return 0, or return an errno and do not answer.
 */
#ifndef CERTFS_FS_OPS_REPLY_H
#define CERTFS_FS_OPS_REPLY_H

#include <fuse_lowlevel.h>

#include "core/base/buf.h"
#include "fs/state/node.h"
#include "fs/state/server.h"

struct job;

struct server *server_of(fuse_req_t req);

/* Whether an OPEN is for more than reading. */
bool reply_wants_change(const struct fuse_file_info *fi);

/* Answers a LOOKUP that has found this node, or a GETATTR of it, for the kinds that attributes_of knows. */
int reply_entry(fuse_req_t req, struct node node);
int reply_attr(fuse_req_t req, struct node node);

/* Answers a READ with the bytes at this offset; with none past their end. */
int reply_piece(fuse_req_t req, struct span bytes, size_t size, off_t offset);

/* Answers GETXATTR or LISTXATTR; size 0 asks how long the value is. */
int reply_xattr(fuse_req_t req, const char *bytes, size_t length, size_t size);

/* Records the writer, and ends its passes, so that it sees what it has written. */
void reply_note_writer(fuse_req_t req, struct upload *upload);

/*
 * Hands a write to the importer that an earlier worker has carried out, so that it is answered as it would have been.
 * False: this is none, and the write is one like any other. `job` is as for reply_later.
 */
bool reply_again(struct server *server, const struct job *job);

/* Hands a write that has completed its document to the importer; another thread answers it later. */
void reply_later(struct server *server, const struct job *job);

#endif

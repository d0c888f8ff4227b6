/*
 * reply: what the handlers of FUSE requests share: whom a request is for, and the common ways to answer it.
 */
#ifndef CERTFS_FS_STATE_REPLY_H
#define CERTFS_FS_STATE_REPLY_H

#include <fuse_lowlevel.h>

#include "fs/state/server.h"

struct job;

struct server *server_of(fuse_req_t req);

/* Whether an OPEN is for more than reading. */
bool wants_change(const struct fuse_file_info *fi);

/* Who writes, for the record; and whoever writes wants to see what he wrote: his passes end. */
void note_writer(fuse_req_t req, struct upload *upload);

/* Answers with the errno that `control` and the tree have for this fault. */
void reply_fault(fuse_req_t req, const struct fault *f);

/* Hands a write that has completed its document to the importer; it is answered later, by another thread. */
void reply_later(struct server *server, const struct job *job);

/* Answers a READ with what the bytes have at this place; nothing behind their end. */
void reply_piece(fuse_req_t req, struct span bytes, size_t size, off_t offset);

#endif

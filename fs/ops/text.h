/*
 * text: LOOKUP, GETATTR, OPEN, READ and POLL of last, status and metrics.
 *
 * All are answered from the contents that render.h has; where one is too old the request waits for the next one and
 * the thread that makes it answers. A text stays the same for a program that reads on, and is the newest one for a
 * program that reads from the start (again), so that a descriptor can be kept and polled. The kernel remembers the
 * names, which never change, and no attributes. How many may be open at once has limits (shares.h): EMFILE, ENFILE.
 */
#ifndef CERTFS_FS_OPS_TEXT_H
#define CERTFS_FS_OPS_TEXT_H

#include "fs/ops/node_ops.h"
#include "fs/state/node.h"

int text_lookup(fuse_req_t req, struct node node);
int text_getattr(fuse_req_t req, struct node node);
int text_open(fuse_req_t req, struct node node, struct fuse_file_info *fi);
int text_read(fuse_req_t req, struct node node, struct handle *handle, const struct read_range *range);

/* Poll of status: readable when a set was committed since the text was made. */
void text_poll(fuse_req_t req, struct handle *handle, struct fuse_pollhandle *poll);

void text_release(struct server *server, struct handle *handle);

#endif

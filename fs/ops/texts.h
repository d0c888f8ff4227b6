/*
 * texts: LOOKUP, GETATTR, OPEN, READ and RELEASE of last, status and metrics.
 *
 * All are answered from the contents that render.h has; where one is too old the request waits for the next one and is
 * answered by the thread that makes it. A text stays as it is for who reads on, and is the newest for who reads from
 * the start (again), so that a descriptor can be kept and polled. The kernel remembers the names, which never change,
 * and nothing of what they stand for. How many are open at once has limits (shares.h): EMFILE, ENFILE.
 */
#ifndef CERTFS_FS_OPS_TEXTS_H
#define CERTFS_FS_OPS_TEXTS_H

#include <stdbool.h>

#include <fuse_lowlevel.h>

struct content;
struct handle;
struct server;

/* Whether the inode is one of the three. */
bool texts_have(fuse_ino_t inode);

void texts_lookup(fuse_req_t req, fuse_ino_t inode);
void texts_getattr(fuse_req_t req, fuse_ino_t inode);
void texts_open(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi);
void texts_read(fuse_req_t req, struct handle *handle, size_t size, off_t offset);

/* The same for another text that has a content of its own, which is consumed; NULL: there was no memory for it. */
void texts_open_content(fuse_req_t req, fuse_ino_t inode, struct content *content, struct fuse_file_info *fi);

/* Closes what one of the two opened. */
void texts_close(struct server *server, const struct handle *handle);

#endif

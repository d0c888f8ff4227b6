/*
 * set_file: the files of a set: in the root, in certificates/ID, and in generations/N.
 *
 * ca.pem and cert.pem are page-cached. key.pem and cwallet.sso are read past the page cache; where sendfile(2),
 * splice(2) or a mapping went through it, the key is removed from it at the close. Names are given for ever when they
 * lead to the current generation; the kernel is notified when they change. Below generations/ they are not remembered.
 */
#ifndef CERTFS_FS_OPS_SET_FILE_H
#define CERTFS_FS_OPS_SET_FILE_H

#include "core/set/content.h"
#include "fs/ops/node_ops.h"
#include "fs/state/node.h"

struct generation;

/* Answers a LOOKUP of this file of a set with the generation that the reader is to see: snapshot.c has the rules. */
int set_file_lookup(fuse_req_t req, uint64_t set, enum material_file file);

/* Answers a LOOKUP with this file of this generation. */
int set_file_reply_entry(fuse_req_t req, const struct generation *generation, struct node node, double entry_timeout);

/* Borrowed; NULL: the set has no such file. */
struct content *set_file_content(const struct generation *generation, enum material_file file);

/* The inode number of a current generation's file; 0 for NULL, or if the set has no such file. */
uint64_t set_file_inode(const struct generation *current, enum material_file file);

int set_file_getattr(fuse_req_t req, struct node node);
int set_file_open(fuse_req_t req, struct node node, struct fuse_file_info *fi);
int set_file_read(fuse_req_t req, struct node node, struct handle *handle, const struct read_range *range);
void set_file_release(struct server *server, struct handle *handle);

#endif

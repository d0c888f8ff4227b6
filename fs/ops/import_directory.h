/*
 * import_directory: the directory import/: LOOKUP, CREATE and UNLINK of files and of their answers (answer_file.h).
 *
 * The kernel never remembers anything of it, neither a name, nor that there is none, nor attributes: names come and go
 * without a notification.
 */
#ifndef CERTFS_FS_OPS_IMPORT_DIRECTORY_H
#define CERTFS_FS_OPS_IMPORT_DIRECTORY_H

#include <fuse_lowlevel.h>

#include "fs/state/node.h"

int import_directory_lookup(fuse_req_t req, struct node directory, const char *name);

/* Only for writing. How many there may be has limits: pending.h, and shares.h for those that are open. */
int import_directory_create(fuse_req_t req, const char *name, mode_t mode, struct fuse_file_info *fi);

/* The creator of a file and root may; EBUSY while the file is being judged. */
int import_directory_unlink(fuse_req_t req, const char *name);

/* Lists nothing: only the creator of a file needs to know of it. */
int import_directory_readdir(fuse_req_t req, struct node directory, size_t size, off_t offset);

#endif

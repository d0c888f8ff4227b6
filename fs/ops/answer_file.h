/*
 * answer_file: import/NAME.answer: how the request NAME ended.
 *
 * Each user of the name has an answer of their own (answer_table.h) and sees that one; a user who has none sees the
 * newest of the others. It is one sentence, and below it the lines that `last` has below its own: warnings and repairs,
 * at most 5 KiB. There is no line break at the end and no byte of the payload, so LOAD_FILE() passes it to SQL
 * unchanged. Its size is exact; its mode lets everybody read it, but OPEN admits only the creator of NAME, and root. It
 * is read past the page cache and counts as a text (shares.h). `file` is NAME, without the suffix.
 */
#ifndef CERTFS_FS_OPS_ANSWER_FILE_H
#define CERTFS_FS_OPS_ANSWER_FILE_H

#include "fs/ops/node_ops.h"
#include "fs/state/node.h"

int answer_file_lookup(fuse_req_t req, const char *file);

/* Its creator and root may; others get EPERM. */
int answer_file_unlink(fuse_req_t req, const char *file);

int answer_file_getattr(fuse_req_t req, struct node node);
int answer_file_open(fuse_req_t req, struct node node, struct fuse_file_info *fi);
int answer_file_read(fuse_req_t req, struct node node, struct handle *handle, const struct read_range *range);

#endif

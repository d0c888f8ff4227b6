/*
 * answer_file: import/NAME.answer: what became of the request NAME.
 *
 * Each who used the name has one of his own (answers.h): he sees his, and who has none sees the newest of the others.
 * One sentence, and below it what `last` has below its own: warnings and repairs, at most 5 KiB. No line break at the
 * end, no byte of the payload; LOAD_FILE() hands it to SQL as it is. Its size is exact, its mode says that all may
 * read, and OPEN lets in who created NAME, and root. It is read past the page cache, as every text (texts.h). NAME is
 * in `file` here, without the suffix.
 */
#ifndef CERTFS_FS_OPS_ANSWER_FILE_H
#define CERTFS_FS_OPS_ANSWER_FILE_H

#include <fuse_lowlevel.h>

void answer_file_lookup(fuse_req_t req, const char *file);
void answer_file_getattr(fuse_req_t req, fuse_ino_t inode);
void answer_file_open(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi);

/* For its reader and root; others get EPERM. */
void answer_file_unlink(fuse_req_t req, const char *file);

#endif

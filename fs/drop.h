/*
 * drop: the files of import/. A file that is created there and written is one request.
 *
 * What mysqld does for SELECT ... INTO DUMPFILE (facts/mysql.md 4) is what it is made for: CREATE, fchmod, lseek,
 * WRITE, close. The write that completes the document returns the verdict; with it the name is gone, whatever it is,
 * and NAME.answer tells in one sentence (sentence.h). A close before that gets an error too, but decides nothing:
 * a shell's redirection closes a copy of its descriptor before it writes. The last close, an unlink and the end of the
 * time refuse what is not complete. Nothing that was written can be read back, by nobody, whatever mode it has.
 *
 * Who owns what stands in drops.h. The FUSE thread holds that lock while it handles a write, a flush or a release.
 */
#ifndef CERTFS_FS_DROP_H
#define CERTFS_FS_DROP_H

#include <fuse_lowlevel.h>

/* Of a name in import/, also of an answer's. */
void drop_lookup(fuse_req_t req, const char *name);
void drop_create(fuse_req_t req, const char *name, mode_t mode, struct fuse_file_info *fi);

/* Whoever created it, and root, may give up an unfinished one; one that is being judged is EBUSY. */
void drop_unlink(fuse_req_t req, const char *name);

void drop_getattr(fuse_req_t req, fuse_ino_t inode);

/* The mode is kept, times do not matter; owner and size stay as they are. */
void drop_setattr(fuse_req_t req, fuse_ino_t inode, const struct stat *wanted, int to_set);

/* Access lists are not supported, so that cp goes on to the plain mode; the rest is refused. */
void drop_setxattr(fuse_req_t req, const char *name);

/* There is no second open of a file: EACCES for reading, EBUSY for writing. */
void drop_open(fuse_req_t req, const struct fuse_file_info *fi);

void drop_write(fuse_req_t req, const char *bytes, size_t size, off_t offset, const struct fuse_file_info *fi);
void drop_flush(fuse_req_t req, const struct fuse_file_info *fi);
void drop_release(fuse_req_t req, const struct fuse_file_info *fi);

#endif

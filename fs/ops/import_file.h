/*
 * import_file: CREATE, OPEN, WRITE, FLUSH and RELEASE in import/. A file that is created there and written is one
 * request.
 *
 * What mysqld does for SELECT ... INTO DUMPFILE is what it is made for: CREATE, fchmod, lseek,
 * WRITE, close. The write that completes the document returns the verdict; with it the name is gone, whatever it is,
 * and NAME.answer tells in one sentence (answer_file.h). A close before that gets an error too, but decides nothing:
 * a shell's redirection closes a copy of its descriptor before it writes. The last close, an unlink and the end of the
 * time refuse what is not complete. Nothing that was written can be read back, by nobody, whatever mode it has.
 *
 * A file whose name begins with "import-" is an rds_import_binlog_ssl_material or refused: a procedure that hands on
 * what its caller wrote lends him that right alone.
 *
 * Who owns what stands in pending.h. The FUSE thread holds that lock while it handles a write, a flush or a release.
 */
#ifndef CERTFS_FS_OPS_IMPORT_FILE_H
#define CERTFS_FS_OPS_IMPORT_FILE_H

#include <fuse_lowlevel.h>

void import_file_create(fuse_req_t req, const char *name, mode_t mode, struct fuse_file_info *fi);

/* There is no second open of a file: EACCES for reading, EBUSY for writing. */
void import_file_open(fuse_req_t req, const struct fuse_file_info *fi);

void import_file_write(fuse_req_t req, const char *bytes, size_t size, off_t offset, const struct fuse_file_info *fi);
void import_file_flush(fuse_req_t req, const struct fuse_file_info *fi);
void import_file_release(fuse_req_t req, const struct fuse_file_info *fi);

#endif

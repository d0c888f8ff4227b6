/*
 * import_file: a file of import/: GETATTR, SETATTR, SETXATTR, OPEN, WRITE, FLUSH and RELEASE. It is one request.
 *
 * It is made for what mysqld does for SELECT ... INTO DUMPFILE: CREATE, fchmod, lseek, WRITE, close. The write that
 * completes the document returns the verdict; whatever that is, the name is gone with it, and NAME.answer has it in one
 * sentence (answer_file.h). A close before that gets an error too, but decides nothing: a shell's redirection closes a
 * copy of its descriptor before it writes. The last close, an unlink and the end of the time refuse what is incomplete.
 * Nobody can read back what was written, whatever the mode of the file.
 *
 * A file whose name begins with "import-" must hold rds_import_binlog_ssl_material: a procedure that passes on what its
 * caller wrote grants its caller this action alone.
 *
 * The FUSE thread holds the lock of pending.h while it handles a write, a flush or a release.
 */
#ifndef CERTFS_FS_OPS_IMPORT_FILE_H
#define CERTFS_FS_OPS_IMPORT_FILE_H

#include "core/base/buf.h"
#include "fs/ops/node_ops.h"
#include "fs/state/node.h"

struct import_file;

/* Its attributes. The lock of pending.h is held. */
struct stat import_file_describe(const struct import_file *file);

/* Whether the caller may change or remove it: its creator and root. */
bool import_file_is_creator(fuse_req_t req, const struct import_file *file);

/* It has attributes as long as it is open, also without its name. */
int import_file_getattr(fuse_req_t req, struct node node);

/* Sets the mode and ignores times; owner and size must stay as they are. */
int import_file_setattr(fuse_req_t req, struct node node, const struct stat *wanted, int to_set);

/* Access lists are reported as not supported, so that cp goes on to the plain mode; the rest is refused. */
int import_file_setxattr(fuse_req_t req, const char *name);

/* There is no second open of a file: EACCES for reading, EBUSY for writing. */
int import_file_open(fuse_req_t req, struct node node, struct fuse_file_info *fi);

int import_file_write(fuse_req_t req, struct handle *handle, struct span bytes, off_t offset);
int import_file_flush(fuse_req_t req, struct handle *handle);
void import_file_release(struct server *server, struct handle *handle);

#endif

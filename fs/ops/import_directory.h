/*
 * import_directory: what stands in import/, by name and by inode: LOOKUP, GETATTR, SETATTR, UNLINK.
 *
 * Nothing of it is ever remembered by the kernel, neither a name, nor that there is none, nor attributes: names come
 * and go without a notification. A file has attributes as long as somebody has it open, also without its name.
 */
#ifndef CERTFS_FS_OPS_IMPORT_DIRECTORY_H
#define CERTFS_FS_OPS_IMPORT_DIRECTORY_H

#include <fuse_lowlevel.h>

struct import_file;

/* The file that is open under this number, NULL for none. */
struct import_file *import_directory_file(fuse_req_t req, uint64_t number);

/* Also of an answer's name (answer_file.h). */
void import_directory_lookup(fuse_req_t req, const char *name);

/* Whoever created a file, and root, may give it up; while it is judged that is EBUSY. Also of an answer's name. */
void import_directory_unlink(fuse_req_t req, const char *name);

void import_directory_getattr(fuse_req_t req, fuse_ino_t inode);

/* The mode is kept, times do not matter; owner and size stay as they are. */
void import_directory_setattr(fuse_req_t req, fuse_ino_t inode, const struct stat *wanted, int to_set);

/* Access lists are not supported, so that cp goes on to the plain mode; the rest is refused. */
void import_directory_setxattr(fuse_req_t req, const char *name);

/* The attributes of a file. The lock of drops is held. */
void import_directory_describe(const struct import_file *file, struct stat *ret);

#endif

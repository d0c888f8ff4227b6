/*
 * The tree changes only through control and import/: all else gets EPERM, for root too. A request without a function
 * here would get ENOSYS, which means something else to programs and to the kernel.
 */
#include "fs/ops/ops.h"

#include <errno.h>

#include <fuse_lowlevel.h>

#include "fs/ops/answer_file.h"
#include "fs/ops/control.h"
#include "fs/ops/files.h"
#include "fs/ops/import_directory.h"
#include "fs/ops/import_file.h"
#include "fs/ops/labels.h"
#include "fs/ops/listing.h"
#include "fs/ops/names.h"
#include "fs/state/reply.h"

static void ops_op_init(void *userdata, struct fuse_conn_info *connection)
{
    (void)userdata;
    connection->want &= ~(unsigned)(FUSE_CAP_READDIRPLUS | FUSE_CAP_AUTO_INVAL_DATA | FUSE_CAP_SPLICE_READ |
                                    FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
}

/* There is nothing to sync: what was acknowledged is where it belongs. */
static void ops_op_fsync(fuse_req_t req, fuse_ino_t inode, int datasync, struct fuse_file_info *fi)
{
    (void)inode;
    (void)datasync;
    (void)fi;
    fuse_reply_err(req, 0);
}

/* What nobody may do, root included. */
static void ops_refuse(fuse_req_t req)
{
    fuse_reply_err(req, EPERM);
}

static void ops_op_name(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    (void)parent;
    (void)name;
    ops_refuse(req);
}

static void ops_op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t device)
{
    (void)mode;
    (void)device;
    ops_op_name(req, parent, name);
}

static void ops_op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
    (void)mode;
    ops_op_name(req, parent, name);
}

/* ---- what is otherwise in import/ ---- */

static bool ops_is_import(fuse_req_t req, fuse_ino_t parent)
{
    return tree_node(parent) == TREE_IMPORT && server_of(req)->pending != NULL;
}

static bool ops_is_drop(fuse_ino_t inode)
{
    return tree_node(inode) == TREE_DROP;
}

static bool ops_is_answer(fuse_ino_t inode)
{
    return tree_node(inode) == TREE_ANSWER;
}

static void ops_op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    if (ops_is_import(req, parent))
        import_directory_lookup(req, name);
    else
        names_lookup(req, parent, name);
}

static void ops_op_getattr(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    if (ops_is_drop(inode))
        import_directory_getattr(req, inode);
    else if (ops_is_answer(inode))
        answer_file_getattr(req, inode);
    else
        names_getattr(req, inode, fi);
}

static void ops_op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, struct fuse_file_info *fi)
{
    if (ops_is_import(req, parent))
        import_file_create(req, name, mode, fi);
    else
        ops_op_name(req, parent, name);
}

static void ops_op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    if (ops_is_import(req, parent))
        import_directory_unlink(req, name);
    else
        ops_op_name(req, parent, name);
}

static void ops_op_open(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    if (ops_is_drop(inode))
        import_file_open(req, fi);
    else if (ops_is_answer(inode))
        answer_file_open(req, inode, fi);
    else
        files_open(req, inode, fi);
}

static void ops_op_write(fuse_req_t req, fuse_ino_t inode, const char *bytes, size_t size, off_t offset,
                         struct fuse_file_info *fi)
{
    if (ops_is_drop(inode))
        import_file_write(req, bytes, size, offset, fi);
    else
        control_write(req, inode, bytes, size, offset, fi);
}

static void ops_op_flush(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    if (ops_is_drop(inode))
        import_file_flush(req, fi);
    else
        control_flush(req, inode, fi);
}

static void ops_op_release(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    if (ops_is_drop(inode))
        import_file_release(req, fi);
    else
        files_release(req, inode, fi);
}

static void ops_op_setattr(fuse_req_t req, fuse_ino_t inode, struct stat *wanted, int to_set, struct fuse_file_info *fi)
{
    if (ops_is_drop(inode))
        import_directory_setattr(req, inode, wanted, to_set);
    else
        control_setattr(req, inode, wanted, to_set, fi);
}

static void ops_op_setxattr(fuse_req_t req, fuse_ino_t inode, const char *name, const char *value, size_t size,
                            int flags)
{
    if (ops_is_drop(inode))
        import_directory_setxattr(req, name);
    else
        control_setxattr(req, inode, name, value, size, flags);
}

/* ---- */

static void ops_op_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
    (void)target;
    ops_op_name(req, parent, name);
}

static void ops_op_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t new_parent,
                          const char *new_name, unsigned flags)
{
    (void)new_parent;
    (void)new_name;
    (void)flags;
    ops_op_name(req, parent, name);
}

static void ops_op_link(fuse_req_t req, fuse_ino_t inode, fuse_ino_t parent, const char *name)
{
    (void)inode;
    ops_op_name(req, parent, name);
}

static void ops_op_removexattr(fuse_req_t req, fuse_ino_t inode, const char *name)
{
    ops_op_name(req, inode, name);
}

static const struct fuse_lowlevel_ops table = {
    .init = ops_op_init,
    .lookup = ops_op_lookup,
    .getattr = ops_op_getattr,
    .readlink = names_readlink,
    .readdir = listing_readdir,
    .getxattr = labels_getxattr,
    .listxattr = labels_listxattr,
    .open = ops_op_open,
    .read = files_read,
    .poll = files_poll,
    .release = ops_op_release,
    .write = ops_op_write,
    .flush = ops_op_flush,
    .setattr = ops_op_setattr,
    .fsync = ops_op_fsync,
    .mknod = ops_op_mknod,
    .mkdir = ops_op_mkdir,
    .create = ops_op_create,
    .symlink = ops_op_symlink,
    .unlink = ops_op_unlink,
    .rmdir = ops_op_name,
    .rename = ops_op_rename,
    .link = ops_op_link,
    .setxattr = ops_op_setxattr,
    .removexattr = ops_op_removexattr,
};

const struct fuse_lowlevel_ops *ops_table(void)
{
    return &table;
}

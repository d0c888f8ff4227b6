/*
 * The tree changes only through control and import/: all else gets EPERM, for root too. A request without a function
 * here would get ENOSYS, which means something else to programs and to the kernel.
 */
#include "fs/ops/ops.h"

#include <errno.h>

#include <fuse_lowlevel.h>

#include "fs/ops/control.h"
#include "fs/ops/drop.h"
#include "fs/ops/entries.h"
#include "fs/ops/files.h"
#include "fs/ops/labels.h"
#include "fs/ops/listing.h"
#include "fs/ops/names.h"
#include "fs/ops/sentence.h"
#include "fs/state/reply.h"

static void op_init(void *userdata, struct fuse_conn_info *connection)
{
    (void)userdata;
    connection->want &= ~(unsigned)(FUSE_CAP_READDIRPLUS | FUSE_CAP_AUTO_INVAL_DATA | FUSE_CAP_SPLICE_READ |
                                    FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
}

/* There is nothing to sync: what was acknowledged is where it belongs. */
static void op_fsync(fuse_req_t req, fuse_ino_t inode, int datasync, struct fuse_file_info *fi)
{
    (void)inode;
    (void)datasync;
    (void)fi;
    fuse_reply_err(req, 0);
}

/* What nobody may do, root included. */
static void refuse(fuse_req_t req)
{
    fuse_reply_err(req, EPERM);
}

static void op_name(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    (void)parent;
    (void)name;
    refuse(req);
}

static void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t device)
{
    (void)mode;
    (void)device;
    op_name(req, parent, name);
}

static void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
    (void)mode;
    op_name(req, parent, name);
}

/* ---- what is otherwise in import/ ---- */

static bool is_import(fuse_req_t req, fuse_ino_t parent)
{
    return tree_node(parent) == TREE_IMPORT && server_of(req)->drops != NULL;
}

static bool is_drop(fuse_ino_t inode)
{
    return tree_node(inode) == TREE_DROP;
}

static bool is_answer(fuse_ino_t inode)
{
    return tree_node(inode) == TREE_ANSWER;
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    if (is_import(req, parent))
        entries_lookup(req, name);
    else
        names_lookup(req, parent, name);
}

static void op_getattr(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    if (is_drop(inode))
        entries_getattr(req, inode);
    else if (is_answer(inode))
        sentence_getattr(req, inode);
    else
        names_getattr(req, inode, fi);
}

static void op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, struct fuse_file_info *fi)
{
    if (is_import(req, parent))
        drop_create(req, name, mode, fi);
    else
        op_name(req, parent, name);
}

static void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    if (is_import(req, parent))
        entries_unlink(req, name);
    else
        op_name(req, parent, name);
}

static void op_open(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    if (is_drop(inode))
        drop_open(req, fi);
    else if (is_answer(inode))
        sentence_open(req, inode, fi);
    else
        files_open(req, inode, fi);
}

static void op_write(fuse_req_t req, fuse_ino_t inode, const char *bytes, size_t size, off_t offset,
                     struct fuse_file_info *fi)
{
    if (is_drop(inode))
        drop_write(req, bytes, size, offset, fi);
    else
        control_write(req, inode, bytes, size, offset, fi);
}

static void op_flush(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    if (is_drop(inode))
        drop_flush(req, fi);
    else
        control_flush(req, inode, fi);
}

static void op_release(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    if (is_drop(inode))
        drop_release(req, fi);
    else
        files_release(req, inode, fi);
}

static void op_setattr(fuse_req_t req, fuse_ino_t inode, struct stat *wanted, int to_set, struct fuse_file_info *fi)
{
    if (is_drop(inode))
        entries_setattr(req, inode, wanted, to_set);
    else
        control_setattr(req, inode, wanted, to_set, fi);
}

static void op_setxattr(fuse_req_t req, fuse_ino_t inode, const char *name, const char *value, size_t size, int flags)
{
    if (is_drop(inode))
        entries_setxattr(req, name);
    else
        control_setxattr(req, inode, name, value, size, flags);
}

/* ---- */

static void op_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
    (void)target;
    op_name(req, parent, name);
}

static void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t new_parent, const char *new_name,
                      unsigned flags)
{
    (void)new_parent;
    (void)new_name;
    (void)flags;
    op_name(req, parent, name);
}

static void op_link(fuse_req_t req, fuse_ino_t inode, fuse_ino_t parent, const char *name)
{
    (void)inode;
    op_name(req, parent, name);
}

static void op_removexattr(fuse_req_t req, fuse_ino_t inode, const char *name)
{
    op_name(req, inode, name);
}

static const struct fuse_lowlevel_ops table = {
    .init = op_init,
    .lookup = op_lookup,
    .getattr = op_getattr,
    .readlink = names_readlink,
    .readdir = listing_readdir,
    .getxattr = labels_getxattr,
    .listxattr = labels_listxattr,
    .open = op_open,
    .read = files_read,
    .poll = files_poll,
    .release = op_release,
    .write = op_write,
    .flush = op_flush,
    .setattr = op_setattr,
    .fsync = op_fsync,
    .mknod = op_mknod,
    .mkdir = op_mkdir,
    .create = op_create,
    .symlink = op_symlink,
    .unlink = op_unlink,
    .rmdir = op_name,
    .rename = op_rename,
    .link = op_link,
    .setxattr = op_setxattr,
    .removexattr = op_removexattr,
};

const struct fuse_lowlevel_ops *ops_table(void)
{
    return &table;
}

/*
 * The tree changes only through control: all else gets EPERM, for root too. A request without a function here would
 * get ENOSYS, which means something else to programs and to the kernel.
 */
#include "fs/ops.h"

#include <errno.h>

#include <fuse_lowlevel.h>

#include "fs/control.h"
#include "fs/files.h"
#include "fs/names.h"

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

static void op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, struct fuse_file_info *fi)
{
    (void)mode;
    (void)fi;
    op_name(req, parent, name);
}

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
    .lookup = names_lookup,
    .getattr = names_getattr,
    .readlink = names_readlink,
    .readdir = names_readdir,
    .open = files_open,
    .read = files_read,
    .poll = files_poll,
    .release = files_release,
    .write = control_write,
    .flush = control_flush,
    .setattr = control_setattr,
    .fsync = op_fsync,
    .mknod = op_mknod,
    .mkdir = op_mkdir,
    .create = op_create,
    .symlink = op_symlink,
    .unlink = op_name,
    .rmdir = op_name,
    .rename = op_rename,
    .link = op_link,
    .setxattr = control_setxattr,
    .removexattr = op_removexattr,
};

const struct fuse_lowlevel_ops *ops_table(void)
{
    return &table;
}

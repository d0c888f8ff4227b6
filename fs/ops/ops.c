/*
 * The tree changes only through control and import/: everything else gets EPERM, for root too. A request without a
 * function here would get ENOSYS, which means something else to programs and to the kernel.
 */
#include "fs/ops/ops.h"

#include <errno.h>

#include <fuse_lowlevel.h>

#include "core/base/buf.h"
#include "fs/ops/answer_file.h"
#include "fs/ops/certificates.h"
#include "fs/ops/control.h"
#include "fs/ops/counted.h"
#include "fs/ops/generations.h"
#include "fs/ops/import_directory.h"
#include "fs/ops/import_file.h"
#include "fs/ops/negotiate.h"
#include "fs/ops/node_ops.h"
#include "fs/ops/reply.h"
#include "fs/ops/root.h"
#include "fs/ops/set_file.h"
#include "fs/ops/text.h"
#include "fs/state/handle.h"
#include "fs/state/handles.h"
#include "fs/state/node.h"

static const struct node_ops ops_kinds[NODE_KINDS] = {
    [NODE_ROOT] = {.lookup = root_lookup, .readdir = root_readdir, .getattr = reply_attr},
    [NODE_GENERATIONS] = {.lookup = generations_lookup, .readdir = generations_readdir, .getattr = reply_attr},
    [NODE_GENERATION] = {.lookup = generations_lookup_file,
                         .readdir = generations_readdir_files,
                         .getattr = reply_attr},
    [NODE_CURRENT] = {.readlink = generations_readlink, .getattr = reply_attr},
    [NODE_CERTIFICATES] = {.lookup = certificates_lookup, .readdir = certificates_readdir, .getattr = reply_attr},
    [NODE_SET] = {.lookup = certificates_lookup_file,
                  .readdir = certificates_readdir_files,
                  .getattr = reply_attr,
                  .getxattr = certificates_getxattr,
                  .listxattr = certificates_listxattr},
    [NODE_FILE] = {.getattr = set_file_getattr,
                   .open = set_file_open,
                   .read = set_file_read,
                   .release = set_file_release},
    [NODE_GENERATION_FILE] = {.getattr = set_file_getattr,
                              .open = set_file_open,
                              .read = set_file_read,
                              .release = set_file_release},
    [NODE_DESCRIPTION] = {.getattr = set_file_getattr,
                          .open = set_file_open,
                          .read = set_file_read,
                          .release = set_file_release},
    [NODE_LAST] = {.getattr = text_getattr, .open = text_open, .read = text_read},
    [NODE_STATUS] =
        {.getattr = text_getattr, .open = text_open, .read = text_read, .poll = text_poll, .release = text_release},
    [NODE_METRICS] = {.getattr = text_getattr, .open = text_open, .read = text_read},
    [NODE_CONTROL] = {.getattr = reply_attr,
                      .setattr = control_setattr,
                      .setxattr = control_setxattr,
                      .open = control_open,
                      .read = control_read,
                      .write = control_write,
                      .flush = control_flush,
                      .release = control_release},
    [NODE_IMPORT] = {.lookup = import_directory_lookup,
                     .create = import_directory_create,
                     .unlink = import_directory_unlink,
                     .readdir = import_directory_readdir,
                     .getattr = reply_attr},
    [NODE_IMPORT_FILE] = {.getattr = import_file_getattr,
                          .setattr = import_file_setattr,
                          .setxattr = import_file_setxattr,
                          .open = import_file_open,
                          .write = import_file_write,
                          .flush = import_file_flush,
                          .release = import_file_release},
    [NODE_ANSWER] = {.getattr = answer_file_getattr, .open = answer_file_open, .read = answer_file_read},
};

/* Decodes an inode number. Without sql_import= nothing is known of import/. */
static struct node ops_node(fuse_req_t req, fuse_ino_t inode)
{
    struct node node = node_of(inode);
    if (node.kind == NODE_IMPORT && server_of(req)->pending == NULL)
        node.kind = NODE_NONE;
    return node;
}

/* NULL: nothing is open under this number. */
static struct handle *ops_handle(fuse_req_t req, const struct fuse_file_info *fi)
{
    return handles_find(server_of(req)->handles, fi->fh);
}

static const struct node_ops *ops_of_handle(const struct handle *handle)
{
    return &ops_kinds[handle == NULL ? NODE_NONE : handle->kind];
}

/* Answers with an errno; 0: the request has its answer, or will have. */
static void ops_end(fuse_req_t req, int error)
{
    if (error != 0)
        fuse_reply_err(req, error);
}

/* ---- by the inode ---- */

static void ops_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    struct node node = ops_node(req, parent);
    ops_end(req, ops_kinds[node.kind].lookup == NULL ? ENOTDIR : ops_kinds[node.kind].lookup(req, node, name));
}

static void ops_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, struct fuse_file_info *fi)
{
    struct node node = ops_node(req, parent);
    ops_end(req, ops_kinds[node.kind].create == NULL ? EPERM : ops_kinds[node.kind].create(req, name, mode, fi));
}

static void ops_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    struct node node = ops_node(req, parent);
    fuse_reply_err(req, ops_kinds[node.kind].unlink == NULL ? EPERM : ops_kinds[node.kind].unlink(req, name));
}

static void ops_readdir(fuse_req_t req, fuse_ino_t inode, size_t size, off_t offset, struct fuse_file_info *fi)
{
    (void)fi;
    struct node node = ops_node(req, inode);
    ops_end(req,
            ops_kinds[node.kind].readdir == NULL ? ENOTDIR : ops_kinds[node.kind].readdir(req, node, size, offset));
}

static void ops_getattr(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    (void)fi;
    struct node node = ops_node(req, inode);
    ops_end(req, ops_kinds[node.kind].getattr == NULL ? ENOENT : ops_kinds[node.kind].getattr(req, node));
}

static void ops_setattr(fuse_req_t req, fuse_ino_t inode, struct stat *wanted, int to_set, struct fuse_file_info *fi)
{
    (void)fi;
    struct node node = ops_node(req, inode);
    ops_end(req,
            ops_kinds[node.kind].setattr == NULL ? EPERM : ops_kinds[node.kind].setattr(req, node, wanted, to_set));
}

static void ops_readlink(fuse_req_t req, fuse_ino_t inode)
{
    struct node node = ops_node(req, inode);
    ops_end(req, ops_kinds[node.kind].readlink == NULL ? EINVAL : ops_kinds[node.kind].readlink(req));
}

static void ops_getxattr(fuse_req_t req, fuse_ino_t inode, const char *name, size_t size)
{
    struct node node = ops_node(req, inode);
    ops_end(req,
            ops_kinds[node.kind].getxattr == NULL ? ENODATA : ops_kinds[node.kind].getxattr(req, node, name, size));
}

static void ops_listxattr(fuse_req_t req, fuse_ino_t inode, size_t size)
{
    struct node node = ops_node(req, inode);
    ops_end(req, ops_kinds[node.kind].listxattr == NULL ? reply_xattr(req, "", 0, size)
                                                        : ops_kinds[node.kind].listxattr(req, node, size));
}

static void ops_setxattr(fuse_req_t req, fuse_ino_t inode, const char *name, const char *value, size_t size, int flags)
{
    (void)value;
    (void)size;
    (void)flags;
    struct node node = ops_node(req, inode);
    fuse_reply_err(req, ops_kinds[node.kind].setxattr == NULL ? EPERM : ops_kinds[node.kind].setxattr(req, name));
}

/* An open that was interrupted gets no RELEASE. */
static void ops_open(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    struct server *server = server_of(req);
    struct node node = ops_node(req, inode);
    int error = ops_kinds[node.kind].open == NULL ? EISDIR : ops_kinds[node.kind].open(req, node, fi);
    if (error != 0)
        fuse_reply_err(req, error);
    else if (fuse_reply_open(req, fi) == -ENOENT)
        counted_close(server, handles_find(server->handles, fi->fh));
    counted_report(server);
}

/* ---- by the handle ---- */

static void ops_read(fuse_req_t req, fuse_ino_t inode, size_t size, off_t offset, struct fuse_file_info *fi)
{
    struct handle *handle = ops_handle(req, fi);
    const struct node_ops *ops = ops_of_handle(handle);
    const struct read_range range = {.size = size, .offset = offset, .cached = fi->lock_owner == 0};
    ops_end(req, ops->read == NULL ? EIO : ops->read(req, ops_node(req, inode), handle, &range));
}

static void ops_write(fuse_req_t req, fuse_ino_t inode, const char *bytes, size_t size, off_t offset,
                      struct fuse_file_info *fi)
{
    (void)inode;
    struct handle *handle = ops_handle(req, fi);
    const struct node_ops *ops = ops_of_handle(handle);
    ops_end(req, ops->write == NULL
                     ? EIO
                     : ops->write(req, handle, (struct span){(const unsigned char *)bytes, size}, offset));
}

static void ops_flush(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    (void)inode;
    struct handle *handle = ops_handle(req, fi);
    const struct node_ops *ops = ops_of_handle(handle);
    fuse_reply_err(req, ops->flush == NULL ? 0 : ops->flush(req, handle));
}

/* A file that cannot be waited for is always ready. */
static void ops_poll(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi, struct fuse_pollhandle *poll)
{
    (void)inode;
    struct handle *handle = ops_handle(req, fi);
    const struct node_ops *ops = ops_of_handle(handle);
    if (ops->poll != NULL) {
        ops->poll(req, handle, poll);
        return;
    }
    if (poll != NULL)
        fuse_pollhandle_destroy(poll);
    fuse_reply_poll(req, NODE_OPS_READY);
}

static void ops_release(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    (void)inode;
    struct server *server = server_of(req);
    struct handle *handle = ops_handle(req, fi);
    const struct node_ops *ops = ops_of_handle(handle);
    if (ops->release != NULL)
        ops->release(server, handle);
    if (handle != NULL)
        counted_close(server, handle);
    fuse_reply_err(req, 0);
}

/* ---- for every node ---- */

static void ops_init(void *server, struct fuse_conn_info *connection)
{
    negotiate(connection, ((const struct server *)server)->negotiated);
}

/* There is nothing to sync: what was acknowledged is on disk. */
static void ops_fsync(fuse_req_t req, fuse_ino_t inode, int datasync, struct fuse_file_info *fi)
{
    (void)inode;
    (void)datasync;
    (void)fi;
    fuse_reply_err(req, 0);
}

/* Nobody may do these, root included. */
static void ops_refuse(fuse_req_t req, fuse_ino_t inode, const char *name)
{
    (void)inode;
    (void)name;
    fuse_reply_err(req, EPERM);
}

static void ops_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t device)
{
    (void)mode;
    (void)device;
    ops_refuse(req, parent, name);
}

static void ops_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
    (void)mode;
    ops_refuse(req, parent, name);
}

static void ops_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
    (void)target;
    ops_refuse(req, parent, name);
}

static void ops_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t new_parent, const char *new_name,
                       unsigned flags)
{
    (void)new_parent;
    (void)new_name;
    (void)flags;
    ops_refuse(req, parent, name);
}

static void ops_link(fuse_req_t req, fuse_ino_t inode, fuse_ino_t parent, const char *name)
{
    (void)inode;
    ops_refuse(req, parent, name);
}

static const struct fuse_lowlevel_ops ops_requests = {
    .init = ops_init,
    .lookup = ops_lookup,
    .create = ops_create,
    .unlink = ops_unlink,
    .readdir = ops_readdir,
    .getattr = ops_getattr,
    .setattr = ops_setattr,
    .readlink = ops_readlink,
    .getxattr = ops_getxattr,
    .listxattr = ops_listxattr,
    .setxattr = ops_setxattr,
    .open = ops_open,
    .read = ops_read,
    .write = ops_write,
    .flush = ops_flush,
    .poll = ops_poll,
    .release = ops_release,
    .fsync = ops_fsync,
    .mknod = ops_mknod,
    .mkdir = ops_mkdir,
    .symlink = ops_symlink,
    .rmdir = ops_refuse,
    .rename = ops_rename,
    .link = ops_link,
    .removexattr = ops_refuse,
};

const struct fuse_lowlevel_ops *ops_table(void)
{
    return &ops_requests;
}

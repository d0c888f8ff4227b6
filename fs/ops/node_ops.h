/*
 * node_ops: what can be done with a node, one table row for each kind (ops.c).
 *
 * An operation that a kind does not have is NULL; ops.c then answers as FUSE expects. Every function answers its
 * request exactly once, unless it returns an errno: then ops.c answers. None blocks, none notifies the kernel.
 */
#ifndef CERTFS_FS_OPS_NODE_OPS_H
#define CERTFS_FS_OPS_NODE_OPS_H

#include <poll.h>

#include <fuse_lowlevel.h>

#include "core/base/buf.h"
#include "fs/state/handles.h"
#include "fs/state/node.h"

struct server;

/* What POLL answers for a file that is ready. */
enum { NODE_OPS_READY = POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM };

/* What a READ is for: `cached` bytes go to the page cache. */
struct read_range {
    size_t size;
    off_t offset;
    bool cached;
};

struct node_ops {
    /* A directory's; `name` is one in it. */
    void (*lookup)(fuse_req_t req, struct node directory, const char *name);
    void (*create)(fuse_req_t req, const char *name, mode_t mode, struct fuse_file_info *fi);
    void (*unlink)(fuse_req_t req, const char *name);
    void (*readdir)(fuse_req_t req, struct node directory, size_t size, off_t offset);

    /* By the inode. */
    void (*getattr)(fuse_req_t req, struct node node);
    void (*setattr)(fuse_req_t req, struct node node, const struct stat *wanted, int to_set);
    void (*readlink)(fuse_req_t req);
    void (*getxattr)(fuse_req_t req, struct node node, const char *name, size_t size);
    void (*listxattr)(fuse_req_t req, struct node node, size_t size);
    void (*setxattr)(fuse_req_t req, const char *name);

    /* Fills `fi`, whose fh is the number of a handle of the same kind. Returns an errno. */
    int (*open)(fuse_req_t req, struct node node, struct fuse_file_info *fi);

    /* By the handle, whose kind chooses the row. */
    void (*read)(fuse_req_t req, struct node node, struct handle *handle, const struct read_range *range);
    void (*write)(fuse_req_t req, struct handle *handle, struct span bytes, off_t offset);
    void (*flush)(fuse_req_t req, struct handle *handle);
    void (*poll)(fuse_req_t req, struct handle *handle, struct fuse_pollhandle *poll);

    /* The last close: before the handle is closed. An open that was interrupted has none. */
    void (*release)(struct server *server, struct handle *handle);
};

#endif

/*
 * node_ops: what can be done with a node, one table row for each kind (ops.c).
 *
 * An operation that a kind does not have is NULL; ops.c then answers as FUSE expects. Each returns an errno, which
 * ops.c answers with, or 0: then it has answered, or another thread will; of unlink, setxattr and flush ops.c answers 0
 * too. None blocks, none notifies the kernel.
 */
#ifndef CERTFS_FS_OPS_NODE_OPS_H
#define CERTFS_FS_OPS_NODE_OPS_H

#include <poll.h>

#include <fuse_lowlevel.h>

#include "core/base/buf.h"
#include "fs/state/handle.h"
#include "fs/state/node.h"

struct server;

/* The answer of POLL for a file that is ready. */
enum { NODE_OPS_READY = POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM };

/* The use of a READ: `cached` bytes go to the page cache. */
struct read_range {
    size_t size;
    off_t offset;
    bool cached;
};

struct node_ops {
    /* A directory's; `name` is one in it. */
    int (*lookup)(fuse_req_t req, struct node directory, const char *name);
    int (*create)(fuse_req_t req, const char *name, mode_t mode, struct fuse_file_info *fi);
    int (*unlink)(fuse_req_t req, const char *name);
    int (*readdir)(fuse_req_t req, struct node directory, size_t size, off_t offset);

    /* Chosen by the inode. */
    int (*getattr)(fuse_req_t req, struct node node);
    int (*setattr)(fuse_req_t req, struct node node, const struct stat *wanted, int to_set);
    int (*readlink)(fuse_req_t req);
    int (*getxattr)(fuse_req_t req, struct node node, const char *name, size_t size);
    int (*listxattr)(fuse_req_t req, struct node node, size_t size);
    int (*setxattr)(fuse_req_t req, const char *name);

    /* Fills `fi`, whose fh is the number of a handle of the same kind; ops.c answers. */
    int (*open)(fuse_req_t req, struct node node, struct fuse_file_info *fi);

    /* Chosen by the handle, whose kind is the row. */
    int (*read)(fuse_req_t req, struct node node, struct handle *handle, const struct read_range *range);
    int (*write)(fuse_req_t req, struct handle *handle, struct span bytes, off_t offset);
    int (*flush)(fuse_req_t req, struct handle *handle);
    void (*poll)(fuse_req_t req, struct handle *handle, struct fuse_pollhandle *poll);

    /* The last close: before the handle is closed. An open that was interrupted has none. */
    void (*release)(struct server *server, struct handle *handle);
};

#endif

/*
 * What the kernel may remember. The files of a set never change under their inode number, so names and attributes
 * are given for a very long time, and cert.pem and ca.pem are page-cached; the importer takes names back when a new
 * set is current. key.pem is read past the page cache, so that no key stays there. control, last and status are
 * never remembered. The tree changes only through control: all else gets EPERM, for root too.
 */
#include "fs/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include <fuse_lowlevel.h>

#include "fs/importer.h"
#include "fs/server.h"

#define LONG_TIME 1e9 /* seconds */

static struct server *server_of(fuse_req_t req)
{
    return fuse_req_userdata(req);
}

static void reply_fault(fuse_req_t req, const struct fault *f)
{
    fuse_reply_err(req, fault_errno_control(f));
}

static void op_init(void *userdata, struct fuse_conn_info *connection)
{
    (void)userdata;
    connection->want &= ~(unsigned)(FUSE_CAP_READDIRPLUS | FUSE_CAP_AUTO_INVAL_DATA | FUSE_CAP_SPLICE_READ |
                                    FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
}

/* ---- names and attributes ---- */

/*
 * The generation that this reader is to see. All readers see the current one; this is the one place that decides,
 * so that a reader which is in the middle of a set can be kept on it.
 */
static struct generation *generation_for(const struct server *server)
{
    return vault_current(server->vault, "");
}

static struct tree_file file_of(const struct generation *generation, uint64_t inode)
{
    struct content *content = material_content(generation->material, tree_file_kind(inode));
    return (struct tree_file){.inode = inode, .committed = generation->committed, .size = content_size(content)};
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    struct server *server = server_of(req);
    CLEANUP(generation_unrefp) struct generation *generation = generation_for(server);
    struct fault f = {.reason = REASON_NONE};
    struct fuse_entry_param entry = {.ino = parent == TREE_ROOT ? tree_lookup(generation, name) : 0};
    if (entry.ino == 0) {
        fuse_reply_err(req, ENOENT);
        return;
    }
    if (tree_node(entry.ino) == TREE_FILE) {
        struct tree_file file = file_of(generation, entry.ino);
        tree_file_attributes(&server->tree, &file, &entry.attr);
        entry.attr_timeout = LONG_TIME;
        entry.entry_timeout = LONG_TIME;
    } else if (tree_attributes(&server->tree, tree_node(entry.ino), &entry.attr, &f) != 0) {
        reply_fault(req, &f);
        return;
    }
    fuse_reply_entry(req, &entry);
}

/* What is open, current or not yet forgotten has attributes; a number from long ago has none. */
static int find_file(const struct server *server, uint64_t inode, struct tree_file *ret)
{
    const struct handle *handle = handles_find(server->handles, inode);
    if (handle != NULL) {
        *ret = (struct tree_file){
            .inode = inode, .committed = handle->committed, .size = content_size(handle->content)};
        return 0;
    }
    CLEANUP(generation_unrefp) struct generation *generation = vault_find(server->vault, tree_generation(inode));
    if (generation == NULL)
        return -1;
    *ret = file_of(generation, inode);
    return 0;
}

static void getattr_file(fuse_req_t req, uint64_t inode)
{
    const struct server *server = server_of(req);
    struct tree_file file;
    struct stat attributes;
    if (find_file(server, inode, &file) != 0) {
        fuse_reply_err(req, ESTALE);
        return;
    }
    tree_file_attributes(&server->tree, &file, &attributes);
    fuse_reply_attr(req, &attributes, LONG_TIME);
}

static void op_getattr(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    (void)fi;
    struct fault f = {.reason = REASON_NONE};
    struct stat attributes;
    enum tree_node node = tree_node(inode);
    if (node == TREE_FILE)
        getattr_file(req, inode);
    else if (tree_attributes(&server_of(req)->tree, node, &attributes, &f) != 0)
        reply_fault(req, &f);
    else /* the root's are needed for every path walk; the importer takes them back */
        fuse_reply_attr(req, &attributes, node == TREE_ROOT ? LONG_TIME : 0);
}

/* Writers truncate control and touch it; that has no effect. Nobody changes a mode or an owner. */
static void op_setattr(fuse_req_t req, fuse_ino_t inode, struct stat *wanted, int to_set, struct fuse_file_info *fi)
{
    (void)wanted;
    int forbidden = FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID;
    if (tree_node(inode) != TREE_CONTROL || (to_set & forbidden) != 0)
        fuse_reply_err(req, EPERM);
    else
        op_getattr(req, inode, fi);
}

static uint64_t inode_at(const struct server *server, const struct generation *generation, size_t position,
                         const char **ret_name)
{
    (void)server;
    *ret_name = position == 0 ? "." : position == 1 ? ".." : tree_name_at(position - 2);
    if (*ret_name == NULL || position < 2)
        return TREE_ROOT;
    return tree_lookup(generation, *ret_name);
}

static void op_readdir(fuse_req_t req, fuse_ino_t inode, size_t size, off_t offset, struct fuse_file_info *fi)
{
    (void)fi;
    CLEANUP(generation_unrefp) struct generation *generation = generation_for(server_of(req));
    char listing[1024];
    size_t used = 0, room = size < sizeof(listing) ? size : sizeof(listing);
    if (inode != TREE_ROOT) {
        fuse_reply_err(req, ENOTDIR);
        return;
    }
    for (size_t position = (size_t)offset;; position++) {
        const char *name;
        uint64_t child = inode_at(server_of(req), generation, position, &name);
        if (name == NULL)
            break;
        struct stat st = {.st_ino = child, .st_mode = child == TREE_ROOT ? S_IFDIR : S_IFREG};
        if (child == 0)
            continue;
        size_t length = fuse_add_direntry(req, listing + used, room - used, name, &st, (off_t)position + 1);
        if (length > room - used)
            break;
        used += length;
    }
    fuse_reply_buf(req, listing, used);
}

/* ---- opening ---- */

static bool wants_change(const struct fuse_file_info *fi)
{
    return (fi->flags & O_ACCMODE) != O_RDONLY || (fi->flags & (O_TRUNC | O_APPEND)) != 0;
}

/* An open that nobody waits for any more gets no release. */
static void reply_open(fuse_req_t req, const struct fuse_file_info *fi)
{
    struct handles *handles = server_of(req)->handles;
    if (fuse_reply_open(req, fi) == -ENOENT)
        handles_close(handles, fi->fh);
}

/*
 * Opens what was looked up. A retired generation is still given to who looked it up just before; one from longer
 * ago is ESTALE, on which the kernel looks the name up once more.
 */
static int open_generation(const struct server *server, uint64_t inode, struct fault *f)
{
    CLEANUP(generation_unrefp) struct generation *generation = vault_find(server->vault, tree_generation(inode));
    if (generation == NULL)
        return fault_set(f, REASON_NOT_FOUND, "", "this generation is gone");
    struct content *content = material_content(generation->material, tree_file_kind(inode));
    return handles_open_file(server->handles, inode, content, generation->committed, f);
}

static void open_file(fuse_req_t req, uint64_t inode, struct fuse_file_info *fi)
{
    const struct server *server = server_of(req);
    struct fault f = {.reason = REASON_NONE};
    if (wants_change(fi)) {
        fuse_reply_err(req, EPERM);
        return;
    }
    if (!handles_reopen(server->handles, inode) && open_generation(server, inode, &f) != 0) {
        fuse_reply_err(req, f.reason == REASON_NOT_FOUND ? ESTALE : ENOMEM);
        return;
    }
    bool key = tree_file_kind(inode) == MATERIAL_KEY;
    fi->fh = inode;
    fi->direct_io = key;
    fi->keep_cache = !key;
    fi->noflush = 1;
    reply_open(req, fi);
}

static void open_text(fuse_req_t req, enum tree_node node, struct fuse_file_info *fi)
{
    const struct server *server = server_of(req);
    struct fault f = {.reason = REASON_NONE};
    struct handle *handle;
    if (wants_change(fi)) {
        fuse_reply_err(req, EPERM);
        return;
    }
    if (handles_open(server->handles, &handle, &f) != 0) {
        reply_fault(req, &f);
        return;
    }
    const struct status_source *source = &server->tree.source;
    int result = node == TREE_LAST ? status_write_last(source, &handle->text, &f) : status_write(source, &handle->text, &f);
    if (result != 0) {
        handles_close(server->handles, handle->number);
        reply_fault(req, &f);
        return;
    }
    fi->fh = handle->number;
    fi->direct_io = 1;
    fi->noflush = 1;
    reply_open(req, fi);
}

static void open_control(fuse_req_t req, struct fuse_file_info *fi)
{
    const struct server *server = server_of(req);
    struct fault f = {.reason = REASON_NONE};
    struct handle *handle;
    if (handles_open(server->handles, &handle, &f) != 0) {
        reply_fault(req, &f);
        return;
    }
    handle->upload = upload_new();
    if (handle->upload == NULL) {
        handles_close(server->handles, handle->number);
        fuse_reply_err(req, ENOMEM);
        return;
    }
    fi->fh = handle->number;
    fi->direct_io = 1;
    fi->nonseekable = 1;
    reply_open(req, fi);
}

static void op_open(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    enum tree_node node = tree_node(inode);
    switch (node) {
    case TREE_FILE:
        open_file(req, inode, fi);
        return;
    case TREE_CONTROL:
        open_control(req, fi);
        return;
    case TREE_LAST:
    case TREE_STATUS:
        open_text(req, node, fi);
        return;
    case TREE_ROOT:
    case TREE_NONE:
        break;
    }
    fuse_reply_err(req, EISDIR);
}

/* ---- reading ---- */

static void reply_piece(fuse_req_t req, struct span bytes, size_t size, off_t offset)
{
    size_t start = offset < 0 || (size_t)offset > bytes.len ? bytes.len : (size_t)offset;
    size_t count = bytes.len - start < size ? bytes.len - start : size;
    fuse_reply_buf(req, count == 0 ? NULL : (const char *)bytes.data + start, count);
}

/* Straight from the one copy there is. */
static void read_file(fuse_req_t req, struct content *content, size_t size, off_t offset)
{
    struct span bytes;
    if (content_borrow(content, &bytes) != 0) {
        fuse_reply_err(req, EIO);
        return;
    }
    reply_piece(req, bytes, size, offset);
    content_return(content);
}

/* The answer, from where the last read ended: offsets mean nothing on control. */
static void read_answer(fuse_req_t req, struct upload *upload, size_t size)
{
    struct span answer = upload_answer(upload);
    size_t count = answer.len < size ? answer.len : size;
    reply_piece(req, answer, count, 0);
    upload_was_read(upload, count);
}

static void op_read(fuse_req_t req, fuse_ino_t inode, size_t size, off_t offset, struct fuse_file_info *fi)
{
    (void)inode;
    struct handle *handle = handles_find(server_of(req)->handles, fi->fh);
    if (handle == NULL)
        fuse_reply_err(req, EIO);
    else if (handle->content != NULL)
        read_file(req, handle->content, size, offset);
    else if (handle->upload != NULL)
        read_answer(req, handle->upload, size);
    else
        reply_piece(req, buf_span(&handle->text), size, offset);
}

/* ---- control ---- */

static struct upload *upload_of(fuse_req_t req, const struct fuse_file_info *fi)
{
    const struct handle *handle = handles_find(server_of(req)->handles, fi->fh);
    return handle == NULL ? NULL : handle->upload;
}

static enum upload_step take(struct server *server, struct upload *upload, struct span piece, struct fault *f)
{
    if (upload_is_collecting(upload) && server_admit(server, upload, f) != 0)
        return UPLOAD_REFUSED;
    return upload_take(upload, piece, f);
}

static void op_write(fuse_req_t req, fuse_ino_t inode, const char *bytes, size_t size, off_t offset,
                     struct fuse_file_info *fi)
{
    (void)inode;
    (void)offset;
    struct server *server = server_of(req);
    struct upload *upload = upload_of(req, fi);
    struct fault f = {.reason = REASON_NONE};
    if (upload == NULL) {
        fuse_reply_err(req, EIO);
        return;
    }
    const struct fuse_ctx *caller = fuse_req_ctx(req);
    if (upload_is_collecting(upload))
        upload->writer = (struct writer){.uid = caller->uid, .pid = caller->pid};
    switch (take(server, upload, (struct span){(const unsigned char *)bytes, size}, &f)) {
    case UPLOAD_TAKEN:
        fuse_reply_write(req, size);
        break;
    case UPLOAD_SUBMIT:
        importer_submit(server->importer, upload, req, size);
        break;
    case UPLOAD_REFUSED:
        server_refuse(server, upload, &f);
        reply_fault(req, &f);
        break;
    case UPLOAD_REPEATED:
        reply_fault(req, &f);
        break;
    }
}

/* Comes with every close of every copy of a descriptor, also in mid-document: it repeats, it never decides. */
static void op_flush(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    (void)inode;
    const struct upload *upload = upload_of(req, fi);
    struct fault f = {.reason = REASON_NONE};
    if (upload != NULL && upload_flush(upload, &f) != 0)
        reply_fault(req, &f);
    else
        fuse_reply_err(req, 0);
}

static void op_fsync(fuse_req_t req, fuse_ino_t inode, int datasync, struct fuse_file_info *fi)
{
    (void)inode;
    (void)datasync;
    (void)fi;
    fuse_reply_err(req, 0);
}

static void op_release(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    (void)inode;
    struct server *server = server_of(req);
    struct upload *upload = upload_of(req, fi);
    struct fault f = {.reason = REASON_NONE};
    if (upload != NULL && upload_was_abandoned(upload, &f))
        server_refuse(server, upload, &f);
    if (upload != NULL)
        server_dismiss(server, upload);
    handles_close(server->handles, fi->fh);
    fuse_reply_err(req, 0);
}

/* ---- what nobody may do, root included ---- */

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

static void op_setxattr(fuse_req_t req, fuse_ino_t inode, const char *name, const char *value, size_t size, int flags)
{
    (void)value;
    (void)size;
    (void)flags;
    op_name(req, inode, name);
}

static void op_removexattr(fuse_req_t req, fuse_ino_t inode, const char *name)
{
    op_name(req, inode, name);
}

static const struct fuse_lowlevel_ops table = {
    .init = op_init,
    .lookup = op_lookup,
    .getattr = op_getattr,
    .setattr = op_setattr,
    .readdir = op_readdir,
    .open = op_open,
    .read = op_read,
    .write = op_write,
    .flush = op_flush,
    .fsync = op_fsync,
    .release = op_release,
    .mknod = op_mknod,
    .mkdir = op_mkdir,
    .create = op_create,
    .symlink = op_symlink,
    .unlink = op_name,
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

#include "fs/ops/control.h"

#include <errno.h>
#include <fcntl.h>

#include "fs/ops/names.h"
#include "fs/state/queue.h"
#include "fs/state/reply.h"

void control_close(struct server *server, const struct handle *handle)
{
    shares_close(&server->controls, handle->uid, 0);
    handles_close(server->handles, handle->number);
}

/* For an opening that writes nothing: `cat empty > control`. */
static void control_note_opener(struct upload *upload, const struct fuse_ctx *caller, bool meant)
{
    upload->opener = caller->pid;
    upload->meant = meant;
    upload->writer.uid = caller->uid;
    upload->writer.gid = caller->gid;
}

int control_open(fuse_req_t req, struct fuse_file_info *fi)
{
    struct handles *handles = server_of(req)->handles;
    struct fault f = {.reason = REASON_NONE};
    struct handle *handle;
    uid_t uid = fuse_req_ctx(req)->uid;
    int error = shares_open(&server_of(req)->controls, uid, 0);
    if (error != 0) {
        fuse_reply_err(req, error);
        return -1;
    }
    if (handles_open(handles, &handle, &f) != 0) {
        shares_close(&server_of(req)->controls, uid, 0);
        reply_fault(req, &f);
        return -1;
    }
    handle->uid = uid;
    struct upload *upload = handles_add_upload(handles, handle);
    if (upload == NULL) {
        control_close(server_of(req), handle);
        fuse_reply_err(req, ENOMEM);
        return -1;
    }
    if ((fi->flags & O_ACCMODE) == O_WRONLY)
        control_note_opener(upload, fuse_req_ctx(req), (fi->flags & (O_TRUNC | O_APPEND)) != 0);
    fi->fh = handle->number;
    fi->direct_io = 1;
    /* Writers may ask where they are (Python's copyfile does). Shells seek back in what they can read and seek in. */
    fi->nonseekable = (fi->flags & O_ACCMODE) != O_WRONLY;
    return 0;
}

static struct upload *control_upload_of(fuse_req_t req, const struct fuse_file_info *fi)
{
    const struct handle *handle = handles_find(server_of(req)->handles, fi->fh);
    return handle == NULL ? NULL : handle->upload;
}

static enum upload_step control_take(struct server *server, struct upload *upload, struct span piece, struct fault *f)
{
    if (upload_is_collecting(upload) && server_admit(server, upload, f) != 0)
        return UPLOAD_REFUSED;
    enum upload_step step = upload_take(upload, piece, f);
    server_note_write(server, upload, piece.len);
    return step;
}

void control_write(fuse_req_t req, fuse_ino_t inode, const char *bytes, size_t size, off_t offset,
                   struct fuse_file_info *fi)
{
    (void)inode;
    (void)offset;
    struct server *server = server_of(req);
    struct upload *upload = control_upload_of(req, fi);
    struct fault f = {.reason = REASON_NONE};
    if (upload == NULL) {
        fuse_reply_err(req, EIO);
        return;
    }
    note_writer(req, upload);
    switch (control_take(server, upload, (struct span){(const unsigned char *)bytes, size}, &f)) {
    case UPLOAD_TAKEN:
        fuse_reply_write(req, size);
        break;
    case UPLOAD_SUBMIT:
        reply_later(server, &(struct job){.upload = upload, .request = req, .size = size});
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

void control_flush(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    (void)inode;
    struct upload *upload = control_upload_of(req, fi);
    struct fault f = {.reason = REASON_NONE};
    if (upload != NULL && upload_flush(upload, fuse_req_ctx(req)->pid, &f) != 0)
        reply_fault(req, &f);
    else
        fuse_reply_err(req, 0);
}

void control_release(struct server *server, struct upload *upload)
{
    struct fault f = {.reason = REASON_NONE};
    if (upload_was_abandoned(upload, &f)) {
        if (upload->frame.taken == 0)
            upload_set_writer(upload, upload->writer.uid, upload->writer.gid, upload->opener);
        server_refuse(server, upload, &f);
    }
    server_dismiss(server, upload);
}

static bool control_is_writer(fuse_req_t req, fuse_ino_t inode)
{
    return tree_node(inode) == TREE_CONTROL && handles_has_writer(server_of(req)->handles, fuse_req_ctx(req)->pid);
}

void control_setattr(fuse_req_t req, fuse_ino_t inode, struct stat *wanted, int to_set, struct fuse_file_info *fi)
{
    (void)wanted;
    bool change = (to_set & (FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID)) != 0;
    if (tree_node(inode) != TREE_CONTROL || (change && !control_is_writer(req, inode)))
        fuse_reply_err(req, EPERM);
    else
        names_getattr(req, inode, fi);
}

/* Not supported, so that cp goes on to the plain mode. */
void control_setxattr(fuse_req_t req, fuse_ino_t inode, const char *name, const char *value, size_t size, int flags)
{
    (void)name;
    (void)value;
    (void)size;
    (void)flags;
    fuse_reply_err(req, control_is_writer(req, inode) ? EOPNOTSUPP : EPERM);
}

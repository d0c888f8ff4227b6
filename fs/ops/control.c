#include "fs/ops/control.h"

#include <errno.h>
#include <fcntl.h>

#include "core/base/buf.h"
#include "fs/ops/counted.h"
#include "fs/ops/reply.h"
#include "fs/state/handle.h"
#include "fs/state/handles.h"
#include "fs/state/node.h"
#include "fs/state/queue.h"
#include "fs/state/server.h"
#include "fs/state/upload.h"

static bool control_is_writer(fuse_req_t req)
{
    return handles_has_writer(server_of(req)->handles, fuse_req_ctx(req)->pid);
}

int control_setattr(fuse_req_t req, struct node node, const struct stat *wanted, int to_set)
{
    (void)wanted;
    if ((to_set & (FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID)) != 0 && !control_is_writer(req))
        return EPERM;
    return reply_attr(req, node);
}

int control_setxattr(fuse_req_t req, const char *name)
{
    (void)name;
    return control_is_writer(req) ? EOPNOTSUPP : EPERM;
}

/* For an open that writes nothing: `cat empty > control`. */
static void control_note_opener(struct upload *upload, const struct fuse_ctx *caller, bool meant)
{
    upload->opener = caller->pid;
    upload->meant = meant;
    upload->writer.uid = caller->uid;
    upload->writer.gid = caller->gid;
}

int control_open(fuse_req_t req, struct node node, struct fuse_file_info *fi)
{
    struct server *server = server_of(req);
    struct handle *handle;
    bool only_write = (fi->flags & O_ACCMODE) == O_WRONLY;
    int error = counted_open(req, &server->controls, node.kind, 0, &handle);
    if (error != 0)
        return error;
    struct upload *upload = handle->upload;
    if (upload == NULL && (upload = handles_add_upload(server->handles, handle)) == NULL) {
        counted_close(server, handle);
        return ENOMEM;
    }
    if (only_write)
        control_note_opener(upload, fuse_req_ctx(req), (fi->flags & (O_TRUNC | O_APPEND)) != 0);
    handles_keep(server->handles, handle, server->current.unique);
    fi->fh = handle->number;
    fi->direct_io = 1;
    /* Writers may ask for their position (Python's copyfile does). Shells seek back in files they can read and seek. */
    fi->nonseekable = !only_write;
    return 0;
}

int control_read(fuse_req_t req, struct node node, struct handle *handle, const struct read_range *range)
{
    (void)node;
    handle->upload->request = server_of(req)->current.unique;
    if (handle->upload->answer_lost)
        return ENODATA;
    struct span answer = upload_answer(handle->upload);
    size_t count = answer.len < range->size ? answer.len : range->size;
    upload_was_read(handle->upload, count);
    return reply_piece(req, answer, count, 0);
}

static enum upload_step control_take(struct server *server, struct upload *upload, struct span piece, struct fault *f)
{
    if (upload_is_collecting(upload) && server_admit(server, upload, f) != 0)
        return UPLOAD_REFUSED;
    enum upload_step step = upload_take(upload, piece, f);
    server_note_write(server, upload, piece.len);
    return step;
}

int control_write(fuse_req_t req, struct handle *handle, struct span bytes, off_t offset)
{
    (void)offset;
    struct server *server = server_of(req);
    struct upload *upload = handle->upload;
    struct fault f = {.reason = REASON_NONE};
    reply_note_writer(req, upload);
    if (reply_again(server, &(struct job){.upload = upload, .request = req, .size = bytes.len}))
        return 0;
    switch (control_take(server, upload, bytes, &f)) {
    case UPLOAD_TAKEN:
        fuse_reply_write(req, bytes.len);
        return 0;
    case UPLOAD_SUBMIT:
        reply_later(server, &(struct job){.upload = upload, .request = req, .size = bytes.len});
        return 0;
    case UPLOAD_REFUSED:
        server_refuse(server, upload, &f);
        break;
    case UPLOAD_REPEATED:
        break;
    }
    return fault_errno_control(&f);
}

int control_flush(fuse_req_t req, struct handle *handle)
{
    struct server *server = server_of(req);
    struct upload *upload = handle->upload;
    struct fault f = {.reason = REASON_NONE};
    if (upload_begin_flush(upload, server->current.unique, server->current.again, &f) != 0)
        server_refuse(server, upload, &f);
    else if (upload_flush(upload, fuse_req_ctx(req)->pid, &f) == 0)
        return 0;
    return fault_errno_control(&f);
}

void control_release(struct server *server, struct handle *handle)
{
    struct upload *upload = handle->upload;
    struct fault f = {.reason = REASON_NONE};
    if (upload_was_abandoned(upload, &f)) {
        if (upload->frame.taken == 0 && upload->parts == 0)
            upload_set_writer(upload, upload->writer.uid, upload->writer.gid, upload->opener);
        server_refuse(server, upload, &f);
    }
    server_dismiss(server, upload);
}

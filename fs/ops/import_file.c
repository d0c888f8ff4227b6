#include "fs/ops/import_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/json/frame.h"
#include "fs/import/finish.h"
#include "fs/import/pending.h"
#include "fs/ops/reply.h"
#include "fs/state/attributes.h"
#include "fs/state/handle.h"
#include "fs/state/handles.h"
#include "fs/state/node.h"
#include "fs/state/queue.h"
#include "fs/state/server.h"
#include "fs/state/upload.h"

/* ---- GETATTR, SETATTR and SETXATTR ---- */

struct stat import_file_describe(const struct import_file *file)
{
    struct stat st = attributes_regular(file->inode, file->mode, file->size, file->created);
    st.st_nlink = file->listed ? 1 : 0;
    st.st_uid = file->uid;
    st.st_gid = file->gid;
    return st;
}

bool import_file_is_creator(fuse_req_t req, const struct import_file *file)
{
    uid_t caller = fuse_req_ctx(req)->uid;
    return caller == file->uid || caller == 0;
}

/* NULL: it is closed. */
static struct import_file *import_file_of(fuse_req_t req, struct node node)
{
    const struct handle *handle = handles_find(server_of(req)->handles, node.inode);
    return handle == NULL ? NULL : handle->file;
}

static int import_file_reply_attr(fuse_req_t req, const struct import_file *file)
{
    const struct server *server = server_of(req);
    pending_lock(server->pending);
    const struct stat st = import_file_describe(file);
    pending_unlock(server->pending);
    fuse_reply_attr(req, &st, 0);
    return 0;
}

int import_file_getattr(fuse_req_t req, struct node node)
{
    const struct import_file *file = import_file_of(req, node);
    return file == NULL ? ESTALE : import_file_reply_attr(req, file);
}

static bool import_file_may_set(const struct import_file *file, const struct stat *wanted, int to_set)
{
    return ((to_set & FUSE_SET_ATTR_UID) == 0 || wanted->st_uid == file->uid) &&
           ((to_set & FUSE_SET_ATTR_GID) == 0 || wanted->st_gid == file->gid) &&
           ((to_set & FUSE_SET_ATTR_SIZE) == 0 || wanted->st_size == (off_t)file->size);
}

int import_file_setattr(fuse_req_t req, struct node node, const struct stat *wanted, int to_set)
{
    const struct server *server = server_of(req);
    struct import_file *file = import_file_of(req, node);
    if (file == NULL)
        return ESTALE;
    pending_lock(server->pending);
    bool allowed = import_file_is_creator(req, file) && import_file_may_set(file, wanted, to_set);
    if (allowed && (to_set & FUSE_SET_ATTR_MODE) != 0)
        file->mode = wanted->st_mode & ACCESSPERMS;
    if (allowed)
        pending_keep(server->pending, file);
    pending_unlock(server->pending);
    return allowed ? import_file_reply_attr(req, file) : EPERM;
}

int import_file_setxattr(fuse_req_t req, const char *name)
{
    (void)req;
    static const char lists[] = "system.posix_acl_";
    return strncmp(name, lists, sizeof(lists) - 1) == 0 ? EOPNOTSUPP : EPERM;
}

int import_file_open(fuse_req_t req, struct node node, struct fuse_file_info *fi)
{
    (void)req;
    (void)node;
    return (fi->flags & O_ACCMODE) == O_WRONLY ? EBUSY : EACCES;
}

/* ---- WRITE ---- */

/* Checks the offset: a file can be written anywhere, a document cannot. */
static enum upload_step import_file_take(const struct server *server, const struct import_file *file, struct span piece,
                                         off_t offset, struct fault *f)
{
    bool fits = piece.len <= FRAME_DOCUMENT_MAX && file->size <= FRAME_DOCUMENT_MAX - piece.len;
    if (!upload_is_collecting(file->upload))
        return upload_take(file->upload, piece, f);
    if (upload_check_whole(file->upload, f) != 0)
        return UPLOAD_REFUSED;
    if (offset != (off_t)file->size) {
        fault_set(f, REASON_MALFORMED_JSON, "", "the document must be written from its start to its end, without gaps");
        return UPLOAD_REFUSED;
    }
    if (fits && pending_check_room(server->pending, file, piece.len, f) != 0)
        return UPLOAD_REFUSED;
    return upload_take(file->upload, piece, f);
}

static void import_file_submit(fuse_req_t req, struct import_file *file, size_t size)
{
    static const char prefix[] = "import-";
    reply_later(server_of(req), &(struct job){.upload = file->upload,
                                              .file = file,
                                              .uid = file->uid,
                                              .only_import = strncmp(file->name, prefix, sizeof(prefix) - 1) == 0,
                                              .request = req,
                                              .size = size});
}

int import_file_write(fuse_req_t req, struct handle *handle, struct span bytes, off_t offset)
{
    struct server *server = server_of(req);
    struct import_file *file = handle->file;
    struct fault f = {.reason = REASON_NONE};
    const struct job job = {.upload = file->upload, .file = file, .uid = file->uid, .request = req, .size = bytes.len};
    pending_lock(server->pending);
    reply_note_writer(req, file->upload);
    if (reply_again(server, &job)) {
        file->size += bytes.len;
        pending_unlock(server->pending);
        return 0;
    }
    enum upload_step step = import_file_take(server, file, bytes, offset, &f);
    if (step == UPLOAD_REFUSED)
        finish_refuse(server, file, &f);
    if (f.reason == REASON_NONE)
        file->size += bytes.len;
    server_note_write(server, file->upload, bytes.len);
    file->moved = server_now_ms();
    pending_keep(server->pending, file);
    pending_unlock(server->pending);
    if (f.reason != REASON_NONE)
        return fault_errno_import(&f);
    if (step == UPLOAD_SUBMIT)
        import_file_submit(req, file, bytes.len);
    else
        fuse_reply_write(req, bytes.len);
    return 0;
}

/* ---- FLUSH and RELEASE ---- */

int import_file_flush(fuse_req_t req, struct handle *handle)
{
    struct server *server = server_of(req);
    struct import_file *file = handle->file;
    struct fault f = {.reason = REASON_NONE};
    pending_lock(server->pending);
    int result = upload_begin_flush(file->upload, server->current.unique, server->current.again, &f);
    if (result != 0)
        finish_refuse(server, file, &f);
    else if (!upload_is_collecting(file->upload))
        result = upload_flush(file->upload, 0, &f);
    else if ((result = frame_refuse_unfinished(&file->upload->frame, &f)) != 0)
        finish_answer(server, file, f.message, NULL);
    pending_unlock(server->pending);
    return result == 0 ? 0 : fault_errno_import(&f);
}

void import_file_release(struct server *server, struct handle *handle)
{
    struct import_file *file = handle->file;
    struct fault f = {.reason = REASON_NONE};
    pending_lock(server->pending);
    if (upload_check_whole(file->upload, &f) != 0 ||
        (upload_is_collecting(file->upload) && frame_refuse_unfinished(&file->upload->frame, &f) != 0))
        finish_refuse(server, file, &f);
    pending_unlock(server->pending);
}

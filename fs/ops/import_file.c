#include "fs/ops/import_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "fs/import/finish.h"
#include "fs/ops/import_directory.h"
#include "fs/state/queue.h"
#include "fs/state/reply.h"
#include "fs/state/writes.h"

static void import_file_reply_import_fault(fuse_req_t req, const struct fault *f)
{
    fuse_reply_err(req, fault_errno_import(f));
}

/* ---- opening ---- */

static int import_file_check_create(const char *name, const struct fuse_file_info *fi)
{
    char judged[ANSWERS_NAME_SIZE];
    if (answers_name(name, judged))
        return EPERM;
    if (strlen(name) + strlen(ANSWERS_SUFFIX) >= ANSWERS_NAME_SIZE)
        return ENAMETOOLONG;
    return (fi->flags & O_ACCMODE) == O_WRONLY ? 0 : EACCES;
}

static struct handle *import_file_new_file(fuse_req_t req, const char *name, mode_t mode)
{
    const struct fuse_ctx *caller = fuse_req_ctx(req);
    struct handles *handles = server_of(req)->handles;
    struct fault f = {.reason = REASON_NONE};
    struct handle *handle;
    if (handles_open(handles, &handle, &f) != 0)
        return NULL;
    handle->file = calloc(1, sizeof(*handle->file));
    if (handles_add_upload(handles, handle) == NULL || handle->file == NULL) {
        handles_close(handles, handle->number);
        return NULL;
    }
    handle->upload->writer.via = VIA_IMPORT;
    upload_set_writer(handle->upload, caller->uid, caller->gid, caller->pid);
    *handle->file = (struct import_file){.inode = handle->number,
                                         .uid = caller->uid,
                                         .gid = caller->gid,
                                         .mode = mode & ACCESSPERMS,
                                         .created = server_now().wall,
                                         .begun = server_now_ms(),
                                         .moved = server_now_ms(),
                                         .upload = handle->upload};
    memcpy(handle->file->name, name, strlen(name));
    return handle;
}

/* What his earlier file of this name was told is not this one's answer; what another user was told stays. */
static void import_file_forget_answer(const struct server *server, const struct import_file *file)
{
    const struct import_answer *before = answers_find(server->answers, file->name, file->uid, file->begun);
    if (before != NULL && before->uid == file->uid)
        answers_remove(server->answers, before->number);
}

/* Judged or not: as long as it is open it takes memory. */
static int import_file_count_open(struct server *server, struct import_file *file, struct fault *f)
{
    int error = shares_open(&server->imports, file->uid, 0);
    file->counted = error == 0;
    if (error == ENFILE)
        return fault_set(f, REASON_BUSY, "", "too many files of import/ are open, judged or not; try again");
    if (error == EMFILE)
        return fault_set(f, REASON_BUSY, "",
                         "this user has more than %u files of import/ open, judged or not; close them",
                         shares_of_import.per_user);
    return error == 0 ? 0 : fault_no_memory(f);
}

static void import_file_close_drop(struct server *server, const struct handle *handle)
{
    if (handle->file->counted)
        shares_close(&server->imports, handle->file->uid, 0);
    handles_close(server->handles, handle->number);
}

/* A complete one can go as long as nothing was done for it; its write is answered. */
static void import_file_withdraw(struct server *server, const struct import_file *newcomer, const struct fault *f)
{
    struct job job;
    struct import_file *yielding = pending_yielding_complete(server->pending, newcomer->uid);
    if (yielding == NULL || !writes_withdraw(server->writes, yielding->upload, &job))
        return;
    finish_refuse(server, yielding, f);
    import_file_reply_import_fault(job.request, f);
}

/* Where no place is left, one that somebody else holds may have to go. */
static void import_file_make_room(struct server *server, const struct import_file *newcomer)
{
    struct fault f = {.reason = REASON_NONE};
    struct import_file *yielding = pending_yielding(server->pending, newcomer->uid, newcomer->begun);
    fault_set(&f, REASON_BUSY, "", "its place in import/ was needed by another user; try again");
    if (yielding != NULL)
        finish_refuse(server, yielding, &f);
    else
        import_file_withdraw(server, newcomer, &f);
}

/* An errno. Who is refused for want of room is told why, as whoever gets further. */
static int import_file_admit(struct server *server, struct import_file *file)
{
    struct fault f = {.reason = REASON_NONE};
    if (pending_find(server->pending, file->name) != NULL)
        return EEXIST;
    import_file_forget_answer(server, file);
    import_file_make_room(server, file);
    if (import_file_count_open(server, file, &f) == 0 && pending_add(server->pending, file, &f) == 0 &&
        server_admit(server, file->upload, &f) == 0)
        return 0;
    finish_refuse(server, file, &f);
    return fault_errno_import(&f);
}

/* A file that nobody waits for any more gets no release. */
static void import_file_take_back(struct server *server, const struct handle *handle)
{
    pending_lock(server->pending);
    pending_remove(server->pending, handle->file);
    pending_unlock(server->pending);
    server_dismiss(server, handle->upload);
    import_file_close_drop(server, handle);
}

static void import_file_reply_create(fuse_req_t req, const struct handle *handle, struct fuse_file_info *fi)
{
    struct server *server = server_of(req);
    struct fuse_entry_param entry = {.ino = handle->number};
    pending_lock(server->pending);
    import_directory_describe(handle->file, &entry.attr);
    pending_unlock(server->pending);
    fi->fh = handle->number;
    fi->direct_io = 1;
    if (fuse_reply_create(req, &entry, fi) == -ENOENT)
        import_file_take_back(server, handle);
}

void import_file_create(fuse_req_t req, const char *name, mode_t mode, struct fuse_file_info *fi)
{
    struct server *server = server_of(req);
    int error = import_file_check_create(name, fi);
    struct handle *handle = error == 0 ? import_file_new_file(req, name, mode) : NULL;
    if (error == 0 && handle == NULL)
        error = ENOMEM;
    if (error == 0) {
        pending_lock(server->pending);
        error = import_file_admit(server, handle->file);
        pending_unlock(server->pending);
    }
    if (error == 0) {
        writes_wake(writes_upkeep_fd(server->writes)); /* it sets its clock: the file may have to be refused one day */
        import_file_reply_create(req, handle, fi);
        return;
    }
    if (handle != NULL)
        import_file_close_drop(server, handle);
    fuse_reply_err(req, error);
}

void import_file_open(fuse_req_t req, const struct fuse_file_info *fi)
{
    fuse_reply_err(req, (fi->flags & O_ACCMODE) == O_WRONLY ? EBUSY : EACCES);
}

/* ---- writing ---- */

/* Offsets are looked at, since a file can be written anywhere and a document cannot. */
static enum upload_step import_file_take(const struct server *server, const struct import_file *file, struct span piece,
                                         off_t offset, struct fault *f)
{
    bool fits = piece.len <= FRAME_DOCUMENT_MAX && file->size <= FRAME_DOCUMENT_MAX - piece.len;
    if (!upload_is_collecting(file->upload))
        return upload_take(file->upload, piece, f);
    if (offset != (off_t)file->size) {
        fault_set(f, REASON_MALFORMED_JSON, "", "the document must be written from its start to its end, without gaps");
        return UPLOAD_REFUSED;
    }
    if (fits && pending_check_room(server->pending, file, piece.len, f) != 0)
        return UPLOAD_REFUSED;
    return upload_take(file->upload, piece, f);
}

/* Who hands on what others wrote, as a procedure does, says by the name what it may be. */
static bool import_file_takes_only_imports(const struct import_file *file)
{
    static const char prefix[] = "import-";
    return strncmp(file->name, prefix, sizeof(prefix) - 1) == 0;
}

void import_file_write(fuse_req_t req, const char *bytes, size_t size, off_t offset, const struct fuse_file_info *fi)
{
    struct server *server = server_of(req);
    struct import_file *file = import_directory_file(req, fi->fh);
    struct fault f = {.reason = REASON_NONE};
    if (file == NULL) {
        fuse_reply_err(req, EIO);
        return;
    }
    pending_lock(server->pending);
    note_writer(req, file->upload);
    enum upload_step step =
        import_file_take(server, file, (struct span){(const unsigned char *)bytes, size}, offset, &f);
    if (step == UPLOAD_REFUSED)
        finish_refuse(server, file, &f);
    if (f.reason == REASON_NONE)
        file->size += size;
    server_note_write(server, file->upload, size);
    file->moved = server_now_ms();
    pending_unlock(server->pending);
    if (f.reason != REASON_NONE)
        import_file_reply_import_fault(req, &f);
    else if (step == UPLOAD_SUBMIT)
        reply_later(server, &(struct job){.upload = file->upload,
                                          .file = file,
                                          .uid = file->uid,
                                          .only_import = import_file_takes_only_imports(file),
                                          .request = req,
                                          .size = size});
    else
        fuse_reply_write(req, size);
}

/* ---- closing ---- */

void import_file_flush(fuse_req_t req, const struct fuse_file_info *fi)
{
    struct server *server = server_of(req);
    const struct import_file *file = import_directory_file(req, fi->fh);
    struct fault f = {.reason = REASON_NONE};
    if (file == NULL) {
        fuse_reply_err(req, EIO);
        return;
    }
    pending_lock(server->pending);
    int result = 0;
    if (!upload_is_collecting(file->upload))
        result = upload_flush(file->upload, 0, &f);
    else if ((result = frame_refuse_unfinished(&file->upload->frame, &f)) != 0)
        finish_answer(server, file, f.message, NULL);
    pending_unlock(server->pending);
    if (result != 0)
        import_file_reply_import_fault(req, &f);
    else
        fuse_reply_err(req, 0);
}

void import_file_release(fuse_req_t req, const struct fuse_file_info *fi)
{
    struct server *server = server_of(req);
    struct import_file *file = import_directory_file(req, fi->fh);
    struct fault f = {.reason = REASON_NONE};
    pending_lock(server->pending);
    if (file != NULL && upload_is_collecting(file->upload) && frame_refuse_unfinished(&file->upload->frame, &f) != 0)
        finish_refuse(server, file, &f);
    pending_unlock(server->pending);
    if (file != NULL)
        import_file_close_drop(server, handles_find(server->handles, fi->fh));
    fuse_reply_err(req, 0);
}

#include "fs/ops/drop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "fs/import/settle.h"
#include "fs/ops/entries.h"
#include "fs/state/queue.h"
#include "fs/state/reply.h"
#include "fs/state/writes.h"

static void reply_import_fault(fuse_req_t req, const struct fault *f)
{
    fuse_reply_err(req, fault_errno_import(f));
}

/* ---- opening ---- */

static int check_create(const char *name, const struct fuse_file_info *fi)
{
    char judged[VERDICTS_NAME_SIZE];
    if (verdicts_name(name, judged))
        return EPERM;
    if (strlen(name) + strlen(VERDICTS_SUFFIX) >= VERDICTS_NAME_SIZE)
        return ENAMETOOLONG;
    return (fi->flags & O_ACCMODE) == O_WRONLY ? 0 : EACCES;
}

static struct handle *new_file(fuse_req_t req, const char *name, mode_t mode)
{
    const struct fuse_ctx *caller = fuse_req_ctx(req);
    struct handles *handles = server_of(req)->handles;
    struct fault f = {.reason = REASON_NONE};
    struct handle *handle;
    if (handles_open(handles, &handle, &f) != 0)
        return NULL;
    handle->drop = calloc(1, sizeof(*handle->drop));
    if (handles_add_upload(handles, handle) == NULL || handle->drop == NULL) {
        handles_close(handles, handle->number);
        return NULL;
    }
    handle->upload->writer.via = VIA_IMPORT;
    upload_set_writer(handle->upload, caller->uid, caller->gid, caller->pid);
    *handle->drop = (struct drop){.inode = handle->number,
                                  .uid = caller->uid,
                                  .gid = caller->gid,
                                  .mode = mode & ACCESSPERMS,
                                  .created = server_now().wall,
                                  .begun = server_now_ms(),
                                  .moved = server_now_ms(),
                                  .upload = handle->upload};
    memcpy(handle->drop->name, name, strlen(name));
    return handle;
}

/* What his earlier file of this name was told is not this one's answer; what another user was told stays. */
static void forget_answer(const struct server *server, const struct drop *drop)
{
    const struct verdict *before = verdicts_find(server->verdicts, drop->name, drop->uid, drop->begun);
    if (before != NULL && before->uid == drop->uid)
        verdicts_remove(server->verdicts, before->number);
}

/* Judged or not: as long as it is open it takes memory. */
static int count_open(struct server *server, struct drop *drop, struct fault *f)
{
    int error = shares_open(&server->imports, drop->uid, 0);
    drop->counted = error == 0;
    if (error == ENFILE)
        return fault_set(f, REASON_BUSY, "", "too many files of import/ are open, judged or not; try again");
    if (error == EMFILE)
        return fault_set(f, REASON_BUSY, "",
                         "this user has more than %u files of import/ open, judged or not; close them",
                         shares_of_import.per_user);
    return error == 0 ? 0 : fault_no_memory(f);
}

static void close_drop(struct server *server, const struct handle *handle)
{
    if (handle->drop->counted)
        shares_close(&server->imports, handle->drop->uid, 0);
    handles_close(server->handles, handle->number);
}

/* A complete one can go as long as nothing was done for it; its write is answered. */
static void withdraw(struct server *server, const struct drop *newcomer, const struct fault *f)
{
    struct job job;
    struct drop *yielding = drops_yielding_complete(server->drops, newcomer->uid);
    if (yielding == NULL || !writes_withdraw(server->writes, yielding->upload, &job))
        return;
    settle_refuse(server, yielding, f);
    reply_import_fault(job.request, f);
}

/* Where no place is left, one that somebody else holds may have to go. */
static void make_room(struct server *server, const struct drop *newcomer)
{
    struct fault f = {.reason = REASON_NONE};
    struct drop *yielding = drops_yielding(server->drops, newcomer->uid, newcomer->begun);
    fault_set(&f, REASON_BUSY, "", "its place in import/ was needed by another user; try again");
    if (yielding != NULL)
        settle_refuse(server, yielding, &f);
    else
        withdraw(server, newcomer, &f);
}

/* An errno. Who is refused for want of room is told why, as whoever gets further. */
static int admit(struct server *server, struct drop *drop)
{
    struct fault f = {.reason = REASON_NONE};
    if (drops_find(server->drops, drop->name) != NULL)
        return EEXIST;
    forget_answer(server, drop);
    make_room(server, drop);
    if (count_open(server, drop, &f) == 0 && drops_add(server->drops, drop, &f) == 0 &&
        server_admit(server, drop->upload, &f) == 0)
        return 0;
    settle_refuse(server, drop, &f);
    return fault_errno_import(&f);
}

/* A file that nobody waits for any more gets no release. */
static void take_back(struct server *server, const struct handle *handle)
{
    drops_lock(server->drops);
    drops_remove(server->drops, handle->drop);
    drops_unlock(server->drops);
    server_dismiss(server, handle->upload);
    close_drop(server, handle);
}

static void reply_create(fuse_req_t req, const struct handle *handle, struct fuse_file_info *fi)
{
    struct server *server = server_of(req);
    struct fuse_entry_param entry = {.ino = handle->number};
    drops_lock(server->drops);
    entries_describe(handle->drop, &entry.attr);
    drops_unlock(server->drops);
    fi->fh = handle->number;
    fi->direct_io = 1;
    if (fuse_reply_create(req, &entry, fi) == -ENOENT)
        take_back(server, handle);
}

void drop_create(fuse_req_t req, const char *name, mode_t mode, struct fuse_file_info *fi)
{
    struct server *server = server_of(req);
    int error = check_create(name, fi);
    struct handle *handle = error == 0 ? new_file(req, name, mode) : NULL;
    if (error == 0 && handle == NULL)
        error = ENOMEM;
    if (error == 0) {
        drops_lock(server->drops);
        error = admit(server, handle->drop);
        drops_unlock(server->drops);
    }
    if (error == 0) {
        writes_wake(writes_upkeep_fd(server->writes)); /* it sets its clock: the file may have to be refused one day */
        reply_create(req, handle, fi);
        return;
    }
    if (handle != NULL)
        close_drop(server, handle);
    fuse_reply_err(req, error);
}

void drop_open(fuse_req_t req, const struct fuse_file_info *fi)
{
    fuse_reply_err(req, (fi->flags & O_ACCMODE) == O_WRONLY ? EBUSY : EACCES);
}

/* ---- writing ---- */

/* Offsets are looked at, since a file can be written anywhere and a document cannot. */
static enum upload_step take(const struct server *server, const struct drop *drop, struct span piece, off_t offset,
                             struct fault *f)
{
    bool fits = piece.len <= FRAME_DOCUMENT_MAX && drop->size <= FRAME_DOCUMENT_MAX - piece.len;
    if (!upload_is_collecting(drop->upload))
        return upload_take(drop->upload, piece, f);
    if (offset != (off_t)drop->size) {
        fault_set(f, REASON_MALFORMED_JSON, "", "the document must be written from its start to its end, without gaps");
        return UPLOAD_REFUSED;
    }
    if (fits && drops_check_room(server->drops, drop, piece.len, f) != 0)
        return UPLOAD_REFUSED;
    return upload_take(drop->upload, piece, f);
}

/* Who hands on what others wrote, as a procedure does, says by the name what it may be. */
static bool takes_only_imports(const struct drop *drop)
{
    static const char prefix[] = "import-";
    return strncmp(drop->name, prefix, sizeof(prefix) - 1) == 0;
}

void drop_write(fuse_req_t req, const char *bytes, size_t size, off_t offset, const struct fuse_file_info *fi)
{
    struct server *server = server_of(req);
    struct drop *drop = entries_drop(req, fi->fh);
    struct fault f = {.reason = REASON_NONE};
    if (drop == NULL) {
        fuse_reply_err(req, EIO);
        return;
    }
    drops_lock(server->drops);
    note_writer(req, drop->upload);
    enum upload_step step = take(server, drop, (struct span){(const unsigned char *)bytes, size}, offset, &f);
    if (step == UPLOAD_REFUSED)
        settle_refuse(server, drop, &f);
    if (f.reason == REASON_NONE)
        drop->size += size;
    server_note_write(server, drop->upload, size);
    drop->moved = server_now_ms();
    drops_unlock(server->drops);
    if (f.reason != REASON_NONE)
        reply_import_fault(req, &f);
    else if (step == UPLOAD_SUBMIT)
        reply_later(server, &(struct job){.upload = drop->upload,
                                          .drop = drop,
                                          .uid = drop->uid,
                                          .only_import = takes_only_imports(drop),
                                          .request = req,
                                          .size = size});
    else
        fuse_reply_write(req, size);
}

/* ---- closing ---- */

void drop_flush(fuse_req_t req, const struct fuse_file_info *fi)
{
    struct server *server = server_of(req);
    const struct drop *drop = entries_drop(req, fi->fh);
    struct fault f = {.reason = REASON_NONE};
    if (drop == NULL) {
        fuse_reply_err(req, EIO);
        return;
    }
    drops_lock(server->drops);
    int result = 0;
    if (!upload_is_collecting(drop->upload))
        result = upload_flush(drop->upload, 0, &f);
    else if ((result = frame_refuse_unfinished(&drop->upload->frame, &f)) != 0)
        settle_answer(server, drop, f.message, NULL);
    drops_unlock(server->drops);
    if (result != 0)
        reply_import_fault(req, &f);
    else
        fuse_reply_err(req, 0);
}

void drop_release(fuse_req_t req, const struct fuse_file_info *fi)
{
    struct server *server = server_of(req);
    struct drop *drop = entries_drop(req, fi->fh);
    struct fault f = {.reason = REASON_NONE};
    drops_lock(server->drops);
    if (drop != NULL && upload_is_collecting(drop->upload) && frame_refuse_unfinished(&drop->upload->frame, &f) != 0)
        settle_refuse(server, drop, &f);
    drops_unlock(server->drops);
    if (drop != NULL)
        close_drop(server, handles_find(server->handles, fi->fh));
    fuse_reply_err(req, 0);
}

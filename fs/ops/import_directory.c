#include "fs/ops/import_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fault.h"
#include "fs/import/answer_table.h"
#include "fs/import/finish.h"
#include "fs/import/pending.h"
#include "fs/ops/answer_file.h"
#include "fs/ops/counted.h"
#include "fs/ops/import_file.h"
#include "fs/ops/readdir.h"
#include "fs/ops/reply.h"
#include "fs/report/journal.h"
#include "fs/state/handle.h"
#include "fs/state/handles.h"
#include "fs/state/server.h"
#include "fs/state/shares.h"
#include "fs/state/upload.h"
#include "fs/state/writes.h"

int import_directory_lookup(fuse_req_t req, struct node directory, const char *name)
{
    (void)directory;
    const struct server *server = server_of(req);
    char judged[ANSWER_TABLE_NAME_SIZE];
    struct fuse_entry_param entry = {.ino = 0};
    if (answer_table_name(name, judged))
        return answer_file_lookup(req, judged);
    pending_lock(server->pending);
    const struct import_file *file = pending_find(server->pending, name);
    if (file != NULL)
        entry.attr = import_file_describe(file);
    pending_unlock(server->pending);
    entry.ino = entry.attr.st_ino;
    if (file == NULL)
        return ENOENT;
    fuse_reply_entry(req, &entry);
    return 0;
}

/* Returns an errno. */
static int import_directory_give_up(fuse_req_t req, struct server *server, const char *name)
{
    struct fault f = {.reason = REASON_NONE};
    struct import_file *file = pending_find(server->pending, name);
    if (file == NULL)
        return pending_has_removal(server->pending, server->current.unique) ? 0 : ENOENT;
    if (!import_file_is_creator(req, file))
        return EPERM;
    if (!upload_is_collecting(file->upload))
        return EBUSY;
    fault_set(&f, REASON_MALFORMED_JSON, "", "the file was removed before its document was complete");
    pending_note_removal(server->pending, server->current.unique);
    finish_refuse(server, file, &f);
    return 0;
}

int import_directory_unlink(fuse_req_t req, const char *name)
{
    struct server *server = server_of(req);
    char judged[ANSWER_TABLE_NAME_SIZE];
    if (answer_table_name(name, judged))
        return answer_file_unlink(req, judged);
    pending_lock(server->pending);
    int error = import_directory_give_up(req, server, name);
    pending_unlock(server->pending);
    return error;
}

int import_directory_readdir(fuse_req_t req, struct node directory, size_t size, off_t offset)
{
    return readdir_reply(req, &(struct readdir_listing){.directory = directory.inode, .parent = NODE_ROOT}, size,
                         offset);
}

/* ---- CREATE ---- */

/* Returns an errno. */
static int import_directory_check(const char *name, const struct fuse_file_info *fi)
{
    char judged[ANSWER_TABLE_NAME_SIZE];
    if (answer_table_name(name, judged))
        return EPERM;
    if (strlen(name) + strlen(ANSWER_TABLE_SUFFIX) >= ANSWER_TABLE_NAME_SIZE)
        return ENAMETOOLONG;
    return (fi->flags & O_ACCMODE) == O_WRONLY ? 0 : EACCES;
}

/* NULL if allocation fails. */
static struct handle *import_directory_new_file(fuse_req_t req, const char *name, mode_t mode)
{
    const struct fuse_ctx *caller = fuse_req_ctx(req);
    struct handles *handles = server_of(req)->handles;
    struct fault f = {.reason = REASON_NONE};
    struct handle *handle;
    if (handles_open(handles, NODE_IMPORT_FILE, &handle, &f) != 0)
        return NULL;
    handle->file = calloc(1, sizeof(*handle->file));
    if (handles_add_upload(handles, handle) == NULL || handle->file == NULL) {
        (void)handles_close(handles, handle->number, 0);
        return NULL;
    }
    handle->uid = caller->uid;
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
    pending_keep(server_of(req)->pending, handle->file);
    return handle;
}

/* The answer to the creator's earlier file of this name is not this file's; another user's answer stays. */
static void import_directory_forget_answer(const struct server *server, const struct import_file *file)
{
    const struct import_answer *before = answer_table_find(server->answers, file->name, file->uid, file->begun);
    if (before != NULL && before->uid == file->uid)
        answer_table_remove(server->answers, before->number);
}

/* A file takes memory as long as it is open, judged or not. */
static int import_directory_count(struct server *server, struct handle *handle, struct fault *f)
{
    int error = shares_open(&server->imports, handle->uid, 0);
    if (error == ENFILE)
        return fault_set(f, REASON_BUSY, "", "too many files of import/ are open, judged or not; try again");
    if (error == EMFILE)
        return fault_set(f, REASON_BUSY, "",
                         "this user has more than %u files of import/ open, judged or not; close them",
                         shares_of_import.per_user);
    if (error != 0)
        return fault_no_memory(f);
    handle->shares = &server->imports;
    return 0;
}

/* When all places are taken, a file of another user may have to go; a complete one only if it is still queued. */
static void import_directory_make_room(struct server *server, const struct import_file *newcomer)
{
    struct fault f = {.reason = REASON_NONE};
    struct job job = {.request = NULL};
    struct import_file *yielding = pending_yielding(server->pending, newcomer->uid, newcomer->begun);
    if (yielding == NULL) {
        yielding = pending_yielding_complete(server->pending, newcomer->uid);
        if (yielding == NULL || !writes_withdraw(server->writes, yielding->upload, &job))
            return;
    }
    fault_set(&f, REASON_BUSY, "", "its place in import/ was needed by another user; try again");
    finish_refuse(server, yielding, &f);
    if (job.request != NULL)
        fuse_reply_err(job.request, fault_errno_import(&f));
}

/* Returns an errno. A file that is refused for lack of room gets an answer too. */
static int import_directory_admit(struct server *server, struct handle *handle)
{
    struct import_file *file = handle->file;
    struct fault f = {.reason = REASON_NONE};
    if (pending_find(server->pending, file->name) != NULL)
        return EEXIST;
    import_directory_forget_answer(server, file);
    import_directory_make_room(server, file);
    if (import_directory_count(server, handle, &f) == 0 && pending_add(server->pending, file, &f) == 0 &&
        server_admit(server, file->upload, &f) == 0)
        return 0;
    finish_refuse(server, file, &f);
    return fault_errno_import(&f);
}

/* A CREATE that was interrupted gets no RELEASE. */
static void import_directory_take_back(struct server *server, const struct handle *handle)
{
    pending_lock(server->pending);
    pending_remove(server->pending, handle->file);
    pending_unlock(server->pending);
    server_dismiss(server, handle->upload);
    counted_close(server, handle);
}

static void import_directory_reply_create(fuse_req_t req, const struct handle *handle, struct fuse_file_info *fi)
{
    struct server *server = server_of(req);
    struct fuse_entry_param entry = {.ino = handle->number};
    pending_lock(server->pending);
    entry.attr = import_file_describe(handle->file);
    pending_unlock(server->pending);
    fi->fh = handle->number;
    fi->direct_io = 1;
    if (fuse_reply_create(req, &entry, fi) == -ENOENT && !handle->restored)
        import_directory_take_back(server, handle);
}

int import_directory_create(fuse_req_t req, const char *name, mode_t mode, struct fuse_file_info *fi)
{
    struct server *server = server_of(req);
    int error = import_directory_check(name, fi);
    struct handle *handle = counted_opened_before(server, NODE_IMPORT_FILE);
    if (handle != NULL) {
        import_directory_reply_create(req, handle, fi);
        return 0;
    }
    handle = error == 0 ? import_directory_new_file(req, name, mode) : NULL;
    if (error != 0 || handle == NULL)
        return error != 0 ? error : ENOMEM;
    pending_lock(server->pending);
    error = import_directory_admit(server, handle);
    pending_unlock(server->pending);
    if (error != 0) {
        counted_close(server, handle);
        return error;
    }
    handles_keep(server->handles, handle, server->current.unique);
    writes_wake(writes_upkeep_fd(server->writes)); /* it sets its clock: the file may time out */
    import_directory_reply_create(req, handle, fi);
    return 0;
}

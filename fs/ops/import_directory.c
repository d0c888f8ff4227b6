#include "fs/ops/import_directory.h"

#include <errno.h>
#include <string.h>

#include "fs/import/finish.h"
#include "fs/ops/answer_file.h"
#include "fs/state/reply.h"

struct import_file *import_directory_file(fuse_req_t req, uint64_t number)
{
    const struct handle *handle = handles_find(server_of(req)->handles, number);
    return handle == NULL ? NULL : handle->file;
}

static bool import_directory_is_creator(fuse_req_t req, const struct import_file *file)
{
    uid_t caller = fuse_req_ctx(req)->uid;
    return caller == file->uid || caller == 0;
}

void import_directory_describe(const struct import_file *file, struct stat *ret)
{
    *ret = (struct stat){.st_ino = file->inode,
                         .st_mode = S_IFREG | file->mode,
                         .st_nlink = file->listed ? 1 : 0,
                         .st_uid = file->uid,
                         .st_gid = file->gid,
                         .st_size = (off_t)file->size,
                         .st_blocks = (blkcnt_t)((file->size + 511) / 512),
                         .st_blksize = STATUS_BLOCK,
                         .st_atime = file->created,
                         .st_mtime = file->created,
                         .st_ctime = file->created};
}

void import_directory_lookup(fuse_req_t req, const char *name)
{
    const struct server *server = server_of(req);
    char judged[ANSWERS_NAME_SIZE];
    struct fuse_entry_param entry = {.ino = 0};
    if (answers_name(name, judged)) {
        answer_file_lookup(req, judged);
        return;
    }
    pending_lock(server->pending);
    const struct import_file *file = pending_find(server->pending, name);
    if (file != NULL)
        import_directory_describe(file, &entry.attr);
    pending_unlock(server->pending);
    entry.ino = entry.attr.st_ino;
    if (file == NULL)
        fuse_reply_err(req, ENOENT);
    else
        fuse_reply_entry(req, &entry);
}

void import_directory_getattr(fuse_req_t req, fuse_ino_t inode)
{
    const struct server *server = server_of(req);
    const struct import_file *file = import_directory_file(req, inode);
    struct stat attributes;
    if (file == NULL) {
        fuse_reply_err(req, ESTALE);
        return;
    }
    pending_lock(server->pending);
    import_directory_describe(file, &attributes);
    pending_unlock(server->pending);
    fuse_reply_attr(req, &attributes, 0);
}

static bool import_directory_may_set(const struct import_file *file, const struct stat *wanted, int to_set)
{
    return ((to_set & FUSE_SET_ATTR_UID) == 0 || wanted->st_uid == file->uid) &&
           ((to_set & FUSE_SET_ATTR_GID) == 0 || wanted->st_gid == file->gid) &&
           ((to_set & FUSE_SET_ATTR_SIZE) == 0 || wanted->st_size == (off_t)file->size);
}

void import_directory_setattr(fuse_req_t req, fuse_ino_t inode, const struct stat *wanted, int to_set)
{
    const struct server *server = server_of(req);
    struct import_file *file = import_directory_file(req, inode);
    if (file == NULL) {
        fuse_reply_err(req, ESTALE);
        return;
    }
    pending_lock(server->pending);
    bool allowed = import_directory_is_creator(req, file) && import_directory_may_set(file, wanted, to_set);
    if (allowed && (to_set & FUSE_SET_ATTR_MODE) != 0)
        file->mode = wanted->st_mode & ACCESSPERMS;
    pending_unlock(server->pending);
    if (allowed)
        import_directory_getattr(req, inode);
    else
        fuse_reply_err(req, EPERM);
}

void import_directory_setxattr(fuse_req_t req, const char *name)
{
    static const char lists[] = "system.posix_acl_";
    fuse_reply_err(req, strncmp(name, lists, sizeof(lists) - 1) == 0 ? EOPNOTSUPP : EPERM);
}

/* An errno. */
static int import_directory_give_up(fuse_req_t req, struct server *server, const char *name)
{
    struct fault f = {.reason = REASON_NONE};
    struct import_file *file = pending_find(server->pending, name);
    if (file == NULL)
        return ENOENT;
    if (!import_directory_is_creator(req, file))
        return EPERM;
    if (!upload_is_collecting(file->upload))
        return EBUSY;
    fault_set(&f, REASON_MALFORMED_JSON, "", "the file was removed before its document was complete");
    finish_refuse(server, file, &f);
    return 0;
}

void import_directory_unlink(fuse_req_t req, const char *name)
{
    struct server *server = server_of(req);
    char judged[ANSWERS_NAME_SIZE];
    if (answers_name(name, judged)) {
        answer_file_unlink(req, judged);
        return;
    }
    pending_lock(server->pending);
    int error = import_directory_give_up(req, server, name);
    pending_unlock(server->pending);
    fuse_reply_err(req, error);
}

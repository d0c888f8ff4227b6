#include "fs/ops/entries.h"

#include <errno.h>
#include <string.h>

#include "fs/import/settle.h"
#include "fs/ops/sentence.h"
#include "fs/state/reply.h"

struct drop *entries_drop(fuse_req_t req, uint64_t number)
{
    const struct handle *handle = handles_find(server_of(req)->handles, number);
    return handle == NULL ? NULL : handle->drop;
}

static bool is_creator(fuse_req_t req, const struct drop *drop)
{
    uid_t caller = fuse_req_ctx(req)->uid;
    return caller == drop->uid || caller == 0;
}

void entries_describe(const struct drop *drop, struct stat *ret)
{
    *ret = (struct stat){.st_ino = drop->inode,
                         .st_mode = S_IFREG | drop->mode,
                         .st_nlink = drop->listed ? 1 : 0,
                         .st_uid = drop->uid,
                         .st_gid = drop->gid,
                         .st_size = (off_t)drop->size,
                         .st_blocks = (blkcnt_t)((drop->size + 511) / 512),
                         .st_blksize = STATUS_BLOCK,
                         .st_atime = drop->created,
                         .st_mtime = drop->created,
                         .st_ctime = drop->created};
}

void entries_lookup(fuse_req_t req, const char *name)
{
    const struct server *server = server_of(req);
    char judged[VERDICTS_NAME_SIZE];
    struct fuse_entry_param entry = {.ino = 0};
    if (verdicts_name(name, judged)) {
        sentence_lookup(req, judged);
        return;
    }
    drops_lock(server->drops);
    const struct drop *drop = drops_find(server->drops, name);
    if (drop != NULL)
        entries_describe(drop, &entry.attr);
    drops_unlock(server->drops);
    entry.ino = entry.attr.st_ino;
    if (drop == NULL)
        fuse_reply_err(req, ENOENT);
    else
        fuse_reply_entry(req, &entry);
}

void entries_getattr(fuse_req_t req, fuse_ino_t inode)
{
    const struct server *server = server_of(req);
    const struct drop *drop = entries_drop(req, inode);
    struct stat attributes;
    if (drop == NULL) {
        fuse_reply_err(req, ESTALE);
        return;
    }
    drops_lock(server->drops);
    entries_describe(drop, &attributes);
    drops_unlock(server->drops);
    fuse_reply_attr(req, &attributes, 0);
}

static bool may_set(const struct drop *drop, const struct stat *wanted, int to_set)
{
    return ((to_set & FUSE_SET_ATTR_UID) == 0 || wanted->st_uid == drop->uid) &&
           ((to_set & FUSE_SET_ATTR_GID) == 0 || wanted->st_gid == drop->gid) &&
           ((to_set & FUSE_SET_ATTR_SIZE) == 0 || wanted->st_size == (off_t)drop->size);
}

void entries_setattr(fuse_req_t req, fuse_ino_t inode, const struct stat *wanted, int to_set)
{
    const struct server *server = server_of(req);
    struct drop *drop = entries_drop(req, inode);
    if (drop == NULL) {
        fuse_reply_err(req, ESTALE);
        return;
    }
    drops_lock(server->drops);
    bool allowed = is_creator(req, drop) && may_set(drop, wanted, to_set);
    if (allowed && (to_set & FUSE_SET_ATTR_MODE) != 0)
        drop->mode = wanted->st_mode & ACCESSPERMS;
    drops_unlock(server->drops);
    if (allowed)
        entries_getattr(req, inode);
    else
        fuse_reply_err(req, EPERM);
}

void entries_setxattr(fuse_req_t req, const char *name)
{
    static const char lists[] = "system.posix_acl_";
    fuse_reply_err(req, strncmp(name, lists, sizeof(lists) - 1) == 0 ? EOPNOTSUPP : EPERM);
}

/* An errno. */
static int give_up(fuse_req_t req, struct server *server, const char *name)
{
    struct fault f = {.reason = REASON_NONE};
    struct drop *drop = drops_find(server->drops, name);
    if (drop == NULL)
        return ENOENT;
    if (!is_creator(req, drop))
        return EPERM;
    if (!upload_is_collecting(drop->upload))
        return EBUSY;
    fault_set(&f, REASON_MALFORMED_JSON, "", "the file was removed before its document was complete");
    settle_refuse(server, drop, &f);
    return 0;
}

void entries_unlink(fuse_req_t req, const char *name)
{
    struct server *server = server_of(req);
    char judged[VERDICTS_NAME_SIZE];
    if (verdicts_name(name, judged)) {
        sentence_unlink(req, judged);
        return;
    }
    drops_lock(server->drops);
    int error = give_up(req, server, name);
    drops_unlock(server->drops);
    fuse_reply_err(req, error);
}

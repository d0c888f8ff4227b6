#include "fs/ops/sentence.h"

#include <errno.h>
#include <string.h>

#include "fs/import/drops.h"
#include "fs/ops/texts.h"
#include "fs/state/reply.h"

/* ---- copies, so that the lock is not held while the kernel is answered; false: there is none, or none any more */

/* As the caller sees it. */
static bool find(fuse_req_t req, const char *file, struct verdict *ret)
{
    const struct server *server = server_of(req);
    drops_lock(server->drops);
    const struct verdict *found = verdicts_find(server->verdicts, file, fuse_req_ctx(req)->uid, server_now_ms());
    if (found != NULL)
        *ret = *found;
    drops_unlock(server->drops);
    return found != NULL;
}

static bool get(const struct server *server, uint64_t inode, struct verdict *ret)
{
    drops_lock(server->drops);
    const struct verdict *found = verdicts_get(server->verdicts, tree_answer_number(inode), server_now_ms());
    if (found != NULL)
        *ret = *found;
    drops_unlock(server->drops);
    return found != NULL;
}

static bool is_reader(fuse_req_t req, const struct verdict *verdict)
{
    uid_t caller = fuse_req_ctx(req)->uid;
    return caller == verdict->uid || caller == 0;
}

static void describe(const struct verdict *verdict, struct stat *ret)
{
    *ret = (struct stat){.st_ino = tree_answer_inode(verdict->number),
                         .st_mode = S_IFREG | 0444,
                         .st_nlink = 1,
                         .st_uid = verdict->uid,
                         .st_gid = verdict->gid,
                         .st_size = (off_t)strlen(verdict->sentence),
                         .st_blocks = 1,
                         .st_blksize = STATUS_BLOCK,
                         .st_atime = verdict->time,
                         .st_mtime = verdict->time,
                         .st_ctime = verdict->time};
}

void sentence_lookup(fuse_req_t req, const char *file)
{
    struct verdict verdict;
    struct fuse_entry_param entry = {.ino = 0};
    if (!find(req, file, &verdict)) {
        fuse_reply_err(req, ENOENT);
        return;
    }
    describe(&verdict, &entry.attr);
    entry.ino = entry.attr.st_ino;
    fuse_reply_entry(req, &entry);
}

void sentence_getattr(fuse_req_t req, fuse_ino_t inode)
{
    struct verdict verdict;
    struct stat attributes;
    if (!get(server_of(req), inode, &verdict)) {
        fuse_reply_err(req, ESTALE);
        return;
    }
    describe(&verdict, &attributes);
    fuse_reply_attr(req, &attributes, 0);
}

/* NULL for want of memory. */
static struct content *make_content(const struct verdict *verdict)
{
    CLEANUP(buf_done) struct buf text = {0};
    struct fault f = {.reason = REASON_NONE};
    return buf_append_text(&text, verdict->sentence, &f) == 0 ? content_new(&text) : NULL;
}

void sentence_open(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    struct verdict verdict;
    int error = get(server_of(req), inode, &verdict) ? 0 : ESTALE;
    if (error == 0 && wants_change(fi))
        error = EPERM;
    if (error == 0 && !is_reader(req, &verdict))
        error = EACCES;
    if (error == 0)
        texts_open_content(req, inode, make_content(&verdict), fi);
    else
        fuse_reply_err(req, error);
}

void sentence_unlink(fuse_req_t req, const char *file)
{
    struct server *server = server_of(req);
    struct verdict verdict;
    if (!find(req, file, &verdict)) {
        fuse_reply_err(req, ENOENT);
        return;
    }
    if (!is_reader(req, &verdict)) {
        fuse_reply_err(req, EPERM);
        return;
    }
    drops_lock(server->drops);
    verdicts_remove(server->verdicts, verdict.number);
    drops_unlock(server->drops);
    fuse_reply_err(req, 0);
}

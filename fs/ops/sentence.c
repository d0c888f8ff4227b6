#include "fs/ops/sentence.h"

#include <errno.h>
#include <string.h>

#include "fs/import/drops.h"
#include "fs/ops/texts.h"
#include "fs/state/reply.h"

/* ---- copies, so that the lock is not held while the kernel is answered; false: there is none, or none any more.
 * Each has a reference of its own to the findings; release with verdict_done. */

static void verdict_done(struct verdict *verdict)
{
    content_unref(TAKE(verdict->findings));
}

static bool copy(const struct verdict *found, struct verdict *ret)
{
    if (found == NULL)
        return false;
    *ret = *found;
    if (ret->findings != NULL)
        (void)content_ref(ret->findings);
    return true;
}

/* As the caller sees it. */
static bool find(fuse_req_t req, const char *file, struct verdict *ret)
{
    const struct server *server = server_of(req);
    drops_lock(server->drops);
    bool found = copy(verdicts_find(server->verdicts, file, fuse_req_ctx(req)->uid, server_now_ms()), ret);
    drops_unlock(server->drops);
    return found;
}

static bool get(const struct server *server, uint64_t inode, struct verdict *ret)
{
    drops_lock(server->drops);
    bool found = copy(verdicts_get(server->verdicts, tree_answer_number(inode), server_now_ms()), ret);
    drops_unlock(server->drops);
    return found;
}

static bool is_reader(fuse_req_t req, const struct verdict *verdict)
{
    uid_t caller = fuse_req_ctx(req)->uid;
    return caller == verdict->uid || caller == 0;
}

/* With the line break between sentence and findings. */
static size_t size_of(const struct verdict *verdict)
{
    return strlen(verdict->sentence) + (verdict->findings == NULL ? 0 : 1 + content_size(verdict->findings));
}

static void describe(const struct verdict *verdict, struct stat *ret)
{
    *ret = (struct stat){.st_ino = tree_answer_inode(verdict->number),
                         .st_mode = S_IFREG | 0444,
                         .st_nlink = 1,
                         .st_uid = verdict->uid,
                         .st_gid = verdict->gid,
                         .st_size = (off_t)size_of(verdict),
                         .st_blocks = (blkcnt_t)((size_of(verdict) + 511) / 512),
                         .st_blksize = STATUS_BLOCK,
                         .st_atime = verdict->time,
                         .st_mtime = verdict->time,
                         .st_ctime = verdict->time};
}

void sentence_lookup(fuse_req_t req, const char *file)
{
    CLEANUP(verdict_done) struct verdict verdict = {.number = 0};
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
    CLEANUP(verdict_done) struct verdict verdict = {.number = 0};
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
    int failed = buf_append_text(&text, verdict->sentence, &f);
    if (failed == 0 && verdict->findings != NULL)
        failed = buf_append_text(&text, "\n", &f) != 0 || buf_append(&text, content_peek(verdict->findings), &f) != 0;
    return failed == 0 ? content_new(&text) : NULL;
}

void sentence_open(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    CLEANUP(verdict_done) struct verdict verdict = {.number = 0};
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
    CLEANUP(verdict_done) struct verdict verdict = {.number = 0};
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

#include "fs/ops/answer_file.h"

#include <errno.h>
#include <string.h>

#include "fs/import/pending.h"
#include "fs/ops/texts.h"
#include "fs/state/reply.h"

/* ---- copies, so that the lock is not held while the kernel is answered; false: there is none, or none any more.
 * Each has a reference of its own to the findings; release with answer_file_verdict_done. */

static void answer_file_verdict_done(struct import_answer *answer)
{
    content_unref(TAKE(answer->findings));
}

static bool answer_file_copy(const struct import_answer *found, struct import_answer *ret)
{
    if (found == NULL)
        return false;
    *ret = *found;
    if (ret->findings != NULL)
        (void)content_ref(ret->findings);
    return true;
}

/* As the caller sees it. */
static bool answer_file_find(fuse_req_t req, const char *file, struct import_answer *ret)
{
    const struct server *server = server_of(req);
    pending_lock(server->pending);
    bool found = answer_file_copy(answers_find(server->answers, file, fuse_req_ctx(req)->uid, server_now_ms()), ret);
    pending_unlock(server->pending);
    return found;
}

static bool answer_file_get(const struct server *server, uint64_t inode, struct import_answer *ret)
{
    pending_lock(server->pending);
    bool found = answer_file_copy(answers_get(server->answers, tree_answer_number(inode), server_now_ms()), ret);
    pending_unlock(server->pending);
    return found;
}

static bool answer_file_is_reader(fuse_req_t req, const struct import_answer *answer)
{
    uid_t caller = fuse_req_ctx(req)->uid;
    return caller == answer->uid || caller == 0;
}

/* With the line break between sentence and findings. */
static size_t answer_file_size_of(const struct import_answer *answer)
{
    return strlen(answer->sentence) + (answer->findings == NULL ? 0 : 1 + content_size(answer->findings));
}

static void answer_file_describe(const struct import_answer *answer, struct stat *ret)
{
    *ret = (struct stat){.st_ino = tree_answer_inode(answer->number),
                         .st_mode = S_IFREG | 0444,
                         .st_nlink = 1,
                         .st_uid = answer->uid,
                         .st_gid = answer->gid,
                         .st_size = (off_t)answer_file_size_of(answer),
                         .st_blocks = (blkcnt_t)((answer_file_size_of(answer) + 511) / 512),
                         .st_blksize = STATUS_BLOCK,
                         .st_atime = answer->time,
                         .st_mtime = answer->time,
                         .st_ctime = answer->time};
}

void answer_file_lookup(fuse_req_t req, const char *file)
{
    CLEANUP(answer_file_verdict_done) struct import_answer answer = {.number = 0};
    struct fuse_entry_param entry = {.ino = 0};
    if (!answer_file_find(req, file, &answer)) {
        fuse_reply_err(req, ENOENT);
        return;
    }
    answer_file_describe(&answer, &entry.attr);
    entry.ino = entry.attr.st_ino;
    fuse_reply_entry(req, &entry);
}

void answer_file_getattr(fuse_req_t req, fuse_ino_t inode)
{
    CLEANUP(answer_file_verdict_done) struct import_answer answer = {.number = 0};
    struct stat attributes;
    if (!answer_file_get(server_of(req), inode, &answer)) {
        fuse_reply_err(req, ESTALE);
        return;
    }
    answer_file_describe(&answer, &attributes);
    fuse_reply_attr(req, &attributes, 0);
}

/* NULL for want of memory. */
static struct content *answer_file_make_content(const struct import_answer *answer)
{
    CLEANUP(buf_done) struct buf text = {0};
    struct fault f = {.reason = REASON_NONE};
    int failed = buf_append_text(&text, answer->sentence, &f);
    if (failed == 0 && answer->findings != NULL)
        failed = buf_append_text(&text, "\n", &f) != 0 || buf_append(&text, content_peek(answer->findings), &f) != 0;
    return failed == 0 ? content_new(&text) : NULL;
}

void answer_file_open(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    CLEANUP(answer_file_verdict_done) struct import_answer answer = {.number = 0};
    int error = answer_file_get(server_of(req), inode, &answer) ? 0 : ESTALE;
    if (error == 0 && wants_change(fi))
        error = EPERM;
    if (error == 0 && !answer_file_is_reader(req, &answer))
        error = EACCES;
    if (error == 0)
        texts_open_content(req, inode, answer_file_make_content(&answer), fi);
    else
        fuse_reply_err(req, error);
}

void answer_file_unlink(fuse_req_t req, const char *file)
{
    struct server *server = server_of(req);
    CLEANUP(answer_file_verdict_done) struct import_answer answer = {.number = 0};
    if (!answer_file_find(req, file, &answer)) {
        fuse_reply_err(req, ENOENT);
        return;
    }
    if (!answer_file_is_reader(req, &answer)) {
        fuse_reply_err(req, EPERM);
        return;
    }
    pending_lock(server->pending);
    answers_remove(server->answers, answer.number);
    pending_unlock(server->pending);
    fuse_reply_err(req, 0);
}

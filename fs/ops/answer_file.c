#include "fs/ops/answer_file.h"

#include <errno.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/set/content.h"
#include "fs/import/answer_table.h"
#include "fs/import/pending.h"
#include "fs/ops/counted.h"
#include "fs/ops/reply.h"
#include "fs/state/attributes.h"
#include "fs/state/handle.h"
#include "fs/state/handles.h"
#include "fs/state/node.h"
#include "fs/state/server.h"

/* ---- Copies, so that the lock is not held while the kernel is answered. Each has its own reference to the findings;
 * release it with answer_file_done. ---- */

static void answer_file_done(struct import_answer *answer)
{
    content_unref(TAKE(answer->findings));
}

/* False for NULL: there is no such answer, or no longer. */
static bool answer_file_copy(const struct import_answer *found, struct import_answer *ret)
{
    if (found == NULL)
        return false;
    *ret = *found;
    if (ret->findings != NULL)
        (void)content_ref(ret->findings);
    return true;
}

/* The one that the caller sees. */
static bool answer_file_find(fuse_req_t req, const char *file, struct import_answer *ret)
{
    const struct server *server = server_of(req);
    pending_lock(server->pending);
    bool found =
        answer_file_copy(answer_table_find(server->answers, file, fuse_req_ctx(req)->uid, server_now_ms()), ret);
    pending_unlock(server->pending);
    return found;
}

static bool answer_file_get(const struct server *server, struct node node, struct import_answer *ret)
{
    pending_lock(server->pending);
    bool found = answer_file_copy(answer_table_get(server->answers, node.number, server_now_ms()), ret);
    pending_unlock(server->pending);
    return found;
}

static bool answer_file_is_reader(fuse_req_t req, const struct import_answer *answer)
{
    uid_t caller = fuse_req_ctx(req)->uid;
    return caller == answer->uid || caller == 0;
}

/* ---- LOOKUP, UNLINK and GETATTR ---- */

static struct stat answer_file_describe(const struct import_answer *answer)
{
    size_t below = answer->findings == NULL ? 0 : 1 + content_size(answer->findings); /* with the line break */
    struct stat st =
        attributes_regular(node_answer_inode(answer->number), 0444, strlen(answer->sentence) + below, answer->time);
    st.st_uid = answer->uid;
    st.st_gid = answer->gid;
    return st;
}

int answer_file_lookup(fuse_req_t req, const char *file)
{
    CLEANUP(answer_file_done) struct import_answer answer = {.number = 0};
    if (!answer_file_find(req, file, &answer))
        return ENOENT;
    const struct fuse_entry_param entry = {.ino = node_answer_inode(answer.number),
                                           .attr = answer_file_describe(&answer)};
    fuse_reply_entry(req, &entry);
    return 0;
}

int answer_file_unlink(fuse_req_t req, const char *file)
{
    const struct server *server = server_of(req);
    CLEANUP(answer_file_done) struct import_answer answer = {.number = 0};
    if (!answer_file_find(req, file, &answer))
        return pending_has_removal(server->pending, server->current.unique) ? 0 : ENOENT;
    if (!answer_file_is_reader(req, &answer))
        return EPERM;
    pending_lock(server->pending);
    pending_note_removal(server->pending, server->current.unique);
    answer_table_remove(server->answers, answer.number);
    pending_unlock(server->pending);
    return 0;
}

int answer_file_getattr(fuse_req_t req, struct node node)
{
    CLEANUP(answer_file_done) struct import_answer answer = {.number = 0};
    if (!answer_file_get(server_of(req), node, &answer))
        return ESTALE;
    const struct stat st = answer_file_describe(&answer);
    fuse_reply_attr(req, &st, 0);
    return 0;
}

/* ---- OPEN and READ ---- */

/* NULL if allocation fails. */
static struct content *answer_file_content(const struct import_answer *answer)
{
    CLEANUP(buf_done) struct buf text = {0};
    struct fault f = {.reason = REASON_NONE};
    int failed = buf_append_text(&text, answer->sentence, &f);
    if (failed == 0 && answer->findings != NULL)
        failed = buf_append_text(&text, "\n", &f) != 0 || buf_append(&text, content_peek(answer->findings), &f) != 0;
    return failed == 0 ? content_new(&text) : NULL;
}

static int answer_file_open_answer(fuse_req_t req, struct node node, const struct import_answer *answer,
                                   struct fuse_file_info *fi)
{
    struct server *server = server_of(req);
    struct handle *handle;
    CLEANUP(content_unrefp) struct content *content = answer_file_content(answer);
    int error = content == NULL ? ENOMEM : counted_open(req, &server->texts, node.kind, content_size(content), &handle);
    if (error != 0)
        return error;
    counted_hold(server, handle, content, 0);
    handles_keep(server->handles, handle, server->current.unique);
    fi->fh = handle->number;
    fi->direct_io = 1;
    fi->noflush = 1;
    return 0;
}

int answer_file_open(fuse_req_t req, struct node node, struct fuse_file_info *fi)
{
    CLEANUP(answer_file_done) struct import_answer answer = {.number = 0};
    if (!answer_file_get(server_of(req), node, &answer))
        return ESTALE;
    if (reply_wants_change(fi))
        return EPERM;
    return answer_file_is_reader(req, &answer) ? answer_file_open_answer(req, node, &answer, fi) : EACCES;
}

int answer_file_read(fuse_req_t req, struct node node, struct handle *handle, const struct read_range *range)
{
    (void)node;
    CLEANUP(content_unrefp) struct content *held = handles_text(server_of(req)->handles, handle);
    if (held == NULL)
        return ENODATA;
    return reply_piece(req, content_peek(held), range->size, range->offset);
}

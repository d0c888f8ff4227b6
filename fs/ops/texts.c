#include "fs/ops/texts.h"

#include <errno.h>
#include <stdlib.h>

#include "fs/state/reply.h"

#define LONG_TIME 1e9 /* seconds */

/* A request that waits for its text. */
struct waiting {
    struct render_waiter waiter; /* first, so that one is the other */
    fuse_req_t req;
    fuse_ino_t inode;
    struct handle *handle; /* of a read; it stays open until that is answered */
    size_t size;
    off_t offset;
};

static enum render_text texts_text_of(fuse_ino_t inode)
{
    enum tree_node node = tree_node(inode);
    return node == TREE_LAST      ? RENDER_LAST
           : node == TREE_STATUS  ? RENDER_STATUS
           : node == TREE_METRICS ? RENDER_METRICS
                                  : RENDER_COUNT;
}

bool texts_have(fuse_ino_t inode)
{
    return texts_text_of(inode) != RENDER_COUNT;
}

static void texts_wait_for_text(const struct waiting *asked)
{
    struct waiting *waiting = malloc(sizeof(*waiting));
    if (waiting == NULL) {
        fuse_reply_err(asked->req, ENOMEM);
        return;
    }
    *waiting = *asked;
    render_wait(server_of(asked->req)->render, texts_text_of(asked->inode), &waiting->waiter);
}

/* ---- attributes */

static void texts_describe(fuse_req_t req, fuse_ino_t inode, const struct rendered *rendered, struct stat *ret)
{
    tree_text_attributes(&server_of(req)->tree, inode, content_size(rendered->content), rendered->time, ret);
}

static void texts_reply_lookup(fuse_req_t req, fuse_ino_t inode, const struct rendered *rendered)
{
    struct fuse_entry_param entry = {.ino = inode, .entry_timeout = LONG_TIME};
    texts_describe(req, inode, rendered, &entry.attr);
    fuse_reply_entry(req, &entry);
}

static void texts_reply_getattr(fuse_req_t req, fuse_ino_t inode, const struct rendered *rendered)
{
    struct stat attributes;
    texts_describe(req, inode, rendered, &attributes);
    fuse_reply_attr(req, &attributes, 0);
}

static void texts_answer_lookup(struct render_waiter *waiter, const struct rendered *rendered, const struct fault *f)
{
    struct waiting *waiting = (struct waiting *)waiter;
    if (rendered == NULL)
        reply_fault(waiting->req, f);
    else
        texts_reply_lookup(waiting->req, waiting->inode, rendered);
    free(waiting);
}

static void texts_answer_getattr(struct render_waiter *waiter, const struct rendered *rendered, const struct fault *f)
{
    struct waiting *waiting = (struct waiting *)waiter;
    if (rendered == NULL)
        reply_fault(waiting->req, f);
    else
        texts_reply_getattr(waiting->req, waiting->inode, rendered);
    free(waiting);
}

void texts_lookup(fuse_req_t req, fuse_ino_t inode)
{
    CLEANUP(rendered_done) struct rendered rendered = {.content = NULL};
    if (render_get(server_of(req)->render, texts_text_of(inode), RENDER_FRESH_MS, &rendered))
        texts_reply_lookup(req, inode, &rendered);
    else
        texts_wait_for_text(&(struct waiting){.waiter.answer = texts_answer_lookup, .req = req, .inode = inode});
}

void texts_getattr(fuse_req_t req, fuse_ino_t inode)
{
    CLEANUP(rendered_done) struct rendered rendered = {.content = NULL};
    if (render_get(server_of(req)->render, texts_text_of(inode), RENDER_FRESH_MS, &rendered))
        texts_reply_getattr(req, inode, &rendered);
    else
        texts_wait_for_text(&(struct waiting){.waiter.answer = texts_answer_getattr, .req = req, .inode = inode});
}

/* ---- opening */

/* From now on the handle holds this text. Any thread. */
static void texts_hold(struct server *server, struct handle *handle, struct content *content, uint64_t number)
{
    size_t before = handles_set_text(server->handles, handle, content, number);
    shares_resize(&server->texts, handle->uid, before, content_size(content));
}

/* NULL: the request is answered. */
static struct handle *texts_open_handle(fuse_req_t req, fuse_ino_t inode, size_t size)
{
    struct server *server = server_of(req);
    const struct fuse_ctx *caller = fuse_req_ctx(req);
    struct fault f = {.reason = REASON_NONE};
    struct handle *handle = NULL;
    int error = shares_open(&server->texts, caller->uid, size);
    if (error == 0 && handles_open(server->handles, &handle, &f) != 0) {
        shares_close(&server->texts, caller->uid, size);
        error = ENOMEM;
    }
    if (error != 0) {
        fuse_reply_err(req, error);
        return NULL;
    }
    handle->inode = inode;
    handle->uid = caller->uid;
    handle->text_size = size;
    handle->seen = registry_number(server->registry);
    return handle;
}

void texts_close(struct server *server, const struct handle *handle)
{
    shares_close(&server->texts, handle->uid, handles_text_size(server->handles, handle));
    handles_close(server->handles, handle->number);
}

/* An open that nobody waits for any more gets no release. */
static void texts_reply_open(fuse_req_t req, const struct handle *handle, struct fuse_file_info *fi)
{
    struct server *server = server_of(req);
    fi->fh = handle->number;
    fi->direct_io = 1;
    fi->noflush = 1;
    if (fuse_reply_open(req, fi) == -ENOENT)
        texts_close(server, handle);
}

/* What is too old is not waited for before it is read. */
void texts_open(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    CLEANUP(rendered_done) struct rendered rendered = {.content = NULL};
    struct server *server = server_of(req);
    enum render_text text = texts_text_of(inode);
    if (wants_change(fi)) {
        fuse_reply_err(req, EPERM);
        return;
    }
    struct handle *handle = texts_open_handle(req, inode, render_size(server->render, text));
    if (handle == NULL)
        return;
    if (render_get(server->render, text, RENDER_FOLLOWS_MS, &rendered))
        texts_hold(server, handle, rendered.content, rendered.number);
    texts_reply_open(req, handle, fi);
}

void texts_open_content(fuse_req_t req, fuse_ino_t inode, struct content *content, struct fuse_file_info *fi)
{
    CLEANUP(content_unrefp) struct content *own = content;
    if (own == NULL) {
        fuse_reply_err(req, ENOMEM);
        return;
    }
    struct handle *handle = texts_open_handle(req, inode, content_size(own));
    if (handle == NULL)
        return;
    texts_hold(server_of(req), handle, own, 0);
    texts_reply_open(req, handle, fi);
}

/* ---- reading */

/* Nobody revokes a text. */
static void texts_reply_text(fuse_req_t req, const struct content *content, size_t size, off_t offset)
{
    reply_piece(req, content_peek(content), size, offset);
}

static void texts_answer_read(struct render_waiter *waiter, const struct rendered *rendered, const struct fault *f)
{
    struct waiting *waiting = (struct waiting *)waiter;
    if (rendered == NULL)
        reply_fault(waiting->req, f);
    else {
        texts_hold(server_of(waiting->req), waiting->handle, rendered->content, rendered->number);
        texts_reply_text(waiting->req, rendered->content, waiting->size, waiting->offset);
    }
    free(waiting);
}

void texts_read(fuse_req_t req, struct handle *handle, size_t size, off_t offset)
{
    CLEANUP(rendered_done) struct rendered rendered = {.content = NULL};
    struct server *server = server_of(req);
    CLEANUP(content_unrefp) struct content *held = handles_text(server->handles, handle);
    if (held != NULL && (offset > 0 || !texts_have(handle->inode)))
        texts_reply_text(req, held, size, offset);
    else if (render_get(server->render, texts_text_of(handle->inode), RENDER_FOLLOWS_MS, &rendered)) {
        texts_hold(server, handle, rendered.content, rendered.number);
        texts_reply_text(req, rendered.content, size, offset);
    } else
        texts_wait_for_text(&(struct waiting){.waiter.answer = texts_answer_read,
                                              .req = req,
                                              .inode = handle->inode,
                                              .handle = handle,
                                              .size = size,
                                              .offset = offset});
}

#include "fs/ops/text.h"

#include <errno.h>
#include <stdlib.h>

#include "fs/ops/counted.h"
#include "fs/ops/reply.h"
#include "fs/state/attributes.h"

/* A request that waits for its text. */
struct text_waiter {
    struct render_waiter waiter; /* first, so that one is the other */
    fuse_req_t req;
    struct node node;
    struct handle *handle; /* of a read; it stays open until that is answered */
    struct read_range range;
};

static enum render_text text_of(struct node node)
{
    return node.kind == NODE_LAST ? RENDER_LAST : node.kind == NODE_STATUS ? RENDER_STATUS : RENDER_METRICS;
}

static void text_wait(const struct text_waiter *waiting)
{
    struct text_waiter *waiter = malloc(sizeof(*waiter));
    if (waiter == NULL) {
        fuse_reply_err(waiting->req, ENOMEM);
        return;
    }
    *waiter = *waiting;
    render_wait(server_of(waiter->req)->render, text_of(waiter->node), &waiter->waiter);
}

/* ---- LOOKUP and GETATTR ---- */

static struct stat text_describe(fuse_req_t req, struct node node, const struct rendered *rendered)
{
    return attributes_of_text(server_of(req), node, content_size(rendered->content), rendered->time);
}

static void text_reply_entry(fuse_req_t req, struct node node, const struct rendered *rendered)
{
    const struct fuse_entry_param entry = {
        .ino = node.inode, .attr = text_describe(req, node, rendered), .entry_timeout = ATTRIBUTES_FOREVER};
    fuse_reply_entry(req, &entry);
}

static void text_reply_attr(fuse_req_t req, struct node node, const struct rendered *rendered)
{
    const struct stat st = text_describe(req, node, rendered);
    fuse_reply_attr(req, &st, 0);
}

static void text_answer_lookup(struct render_waiter *waiter, const struct rendered *rendered, const struct fault *f)
{
    struct text_waiter *waiting = (struct text_waiter *)waiter;
    if (rendered == NULL)
        reply_fault(waiting->req, f);
    else
        text_reply_entry(waiting->req, waiting->node, rendered);
    free(waiting);
}

static void text_answer_getattr(struct render_waiter *waiter, const struct rendered *rendered, const struct fault *f)
{
    struct text_waiter *waiting = (struct text_waiter *)waiter;
    if (rendered == NULL)
        reply_fault(waiting->req, f);
    else
        text_reply_attr(waiting->req, waiting->node, rendered);
    free(waiting);
}

void text_lookup(fuse_req_t req, struct node node)
{
    CLEANUP(rendered_done) struct rendered rendered = {.content = NULL};
    if (render_get(server_of(req)->render, text_of(node), RENDER_FRESH_MS, &rendered))
        text_reply_entry(req, node, &rendered);
    else
        text_wait(&(struct text_waiter){.waiter.answer = text_answer_lookup, .req = req, .node = node});
}

void text_getattr(fuse_req_t req, struct node node)
{
    CLEANUP(rendered_done) struct rendered rendered = {.content = NULL};
    if (render_get(server_of(req)->render, text_of(node), RENDER_FRESH_MS, &rendered))
        text_reply_attr(req, node, &rendered);
    else
        text_wait(&(struct text_waiter){.waiter.answer = text_answer_getattr, .req = req, .node = node});
}

/* ---- OPEN, READ and RELEASE ---- */

/* Does not wait when the text is too old: the read does. */
int text_open(fuse_req_t req, struct node node, struct fuse_file_info *fi)
{
    CLEANUP(rendered_done) struct rendered rendered = {.content = NULL};
    struct server *server = server_of(req);
    struct handle *handle;
    if (reply_wants_change(fi))
        return EPERM;
    int error = counted_open(req, &server->texts, node.kind, render_size(server->render, text_of(node)), &handle);
    if (error != 0)
        return error;
    handle->seen = registry_number(server->registry);
    if (render_get(server->render, text_of(node), RENDER_FOLLOWS_MS, &rendered))
        counted_hold(server, handle, rendered.content, rendered.number);
    fi->fh = handle->number;
    fi->direct_io = 1;
    fi->noflush = 1;
    return 0;
}

static void text_reply_read(const struct text_waiter *read, const struct rendered *rendered)
{
    counted_hold(server_of(read->req), read->handle, rendered->content, rendered->number);
    reply_piece(read->req, content_peek(rendered->content), read->range.size, read->range.offset);
}

static void text_answer_read(struct render_waiter *waiter, const struct rendered *rendered, const struct fault *f)
{
    struct text_waiter *waiting = (struct text_waiter *)waiter;
    if (rendered == NULL)
        reply_fault(waiting->req, f);
    else
        text_reply_read(waiting, rendered);
    free(waiting);
}

void text_read(fuse_req_t req, struct node node, struct handle *handle, const struct read_range *range)
{
    const struct text_waiter read = {
        .waiter.answer = text_answer_read, .req = req, .node = node, .handle = handle, .range = *range};
    CLEANUP(rendered_done) struct rendered rendered = {.content = NULL};
    const struct server *server = server_of(req);
    CLEANUP(content_unrefp) struct content *held = handles_text(server->handles, handle);
    if (held != NULL && range->offset > 0)
        reply_piece(req, content_peek(held), range->size, range->offset);
    else if (render_get(server->render, text_of(node), RENDER_FOLLOWS_MS, &rendered))
        text_reply_read(&read, &rendered);
    else
        text_wait(&read);
}

static void text_set_waiter(const struct server *server, struct handle *handle, struct fuse_pollhandle *poll)
{
    struct fuse_pollhandle *before = handles_set_poll(server->handles, handle, poll);
    if (before != NULL)
        fuse_pollhandle_destroy(before);
}

void text_poll(fuse_req_t req, struct handle *handle, struct fuse_pollhandle *poll)
{
    const struct server *server = server_of(req);
    if (poll != NULL)
        text_set_waiter(server, handle, poll);
    bool changed = handles_seen(server->handles, handle) != registry_number(server->registry);
    fuse_reply_poll(req, changed ? NODE_OPS_READY : 0);
}

void text_release(struct server *server, struct handle *handle)
{
    text_set_waiter(server, handle, NULL);
}

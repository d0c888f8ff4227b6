#include "fs/ops/text.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/buf.h"
#include "core/base/fault.h"
#include "core/registry/registry.h"
#include "core/set/content.h"
#include "fs/ops/counted.h"
#include "fs/ops/reply.h"
#include "fs/report/render.h"
#include "fs/state/attributes.h"
#include "fs/state/handle.h"
#include "fs/state/handles.h"
#include "fs/state/node.h"

/* A request; where its text is too old, a copy of it waits for the next one. */
struct text_request {
    struct render_waiter waiter; /* first, so that one is the other */
    void (*reply)(const struct text_request *request, const struct rendered *rendered);
    fuse_req_t req;
    struct node node;
    struct handle *handle; /* of a read; it stays open until that is answered */
    struct read_range range;
};

static void text_answer(struct render_waiter *waiter, const struct rendered *rendered, const struct fault *f)
{
    struct text_request *request = (struct text_request *)waiter;
    if (rendered == NULL)
        fuse_reply_err(request->req, fault_errno_control(f));
    else
        request->reply(request, rendered);
    free(request);
}

static enum render_text text_of(struct node node)
{
    return node.kind == NODE_LAST ? RENDER_LAST : node.kind == NODE_STATUS ? RENDER_STATUS : RENDER_METRICS;
}

/* Or the newest one, whatever its age, if this request is one of too many to be waited for. */
static bool text_get(const struct text_request *request, int max_age_ms, struct rendered *ret)
{
    const struct server *server = server_of(request->req);
    enum render_text text = text_of(request->node);
    return render_get(server->render, text, max_age_ms, ret) ||
           (!server->current.may_wait && render_get_last(server->render, text, ret));
}

/* Answers with a text that is no older than this, now or later. Returns 0, or an errno. */
static int text_serve(const struct text_request *request, int max_age_ms)
{
    CLEANUP(rendered_done) struct rendered rendered = {.content = NULL};
    struct render *render = server_of(request->req)->render;
    if (text_get(request, max_age_ms, &rendered)) {
        request->reply(request, &rendered);
        return 0;
    }
    struct text_request *waiting = malloc(sizeof(*waiting));
    if (waiting == NULL)
        return ENOMEM;
    *waiting = *request;
    waiting->waiter.answer = text_answer;
    render_wait(render, text_of(request->node), &waiting->waiter);
    return 0;
}

/* ---- LOOKUP and GETATTR ---- */

static struct stat text_describe(const struct text_request *request, const struct rendered *rendered)
{
    return attributes_of_text(server_of(request->req), request->node, content_size(rendered->content), rendered->time);
}

static void text_reply_entry(const struct text_request *request, const struct rendered *rendered)
{
    const struct fuse_entry_param entry = {
        .ino = request->node.inode, .attr = text_describe(request, rendered), .entry_timeout = ATTRIBUTES_FOREVER};
    fuse_reply_entry(request->req, &entry);
}

int text_lookup(fuse_req_t req, struct node node)
{
    return text_serve(&(struct text_request){.reply = text_reply_entry, .req = req, .node = node}, RENDER_FRESH_MS);
}

static void text_reply_attr(const struct text_request *request, const struct rendered *rendered)
{
    const struct stat st = text_describe(request, rendered);
    fuse_reply_attr(request->req, &st, 0);
}

int text_getattr(fuse_req_t req, struct node node)
{
    return text_serve(&(struct text_request){.reply = text_reply_attr, .req = req, .node = node}, RENDER_FRESH_MS);
}

/* ---- OPEN, READ, POLL and RELEASE ---- */

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
    handles_keep(server->handles, handle, server->current.unique);
    fi->fh = handle->number;
    fi->direct_io = 1;
    fi->noflush = 1;
    return 0;
}

static void text_reply_read(const struct text_request *request, const struct rendered *rendered)
{
    counted_hold(server_of(request->req), request->handle, rendered->content, rendered->number);
    reply_piece(request->req, content_peek(rendered->content), request->range.size, request->range.offset);
}

/* The rest of a text that is gone: that of another one would not continue it. */
static int text_read_cut(fuse_req_t req, const struct handle *handle, const struct read_range *range)
{
    bool at_end = (size_t)range->offset >= handles_text_size(server_of(req)->handles, handle);
    return at_end ? reply_piece(req, (struct span){NULL, 0}, 0, 0) : ESTALE;
}

int text_read(fuse_req_t req, struct node node, struct handle *handle, const struct read_range *range)
{
    CLEANUP(content_unrefp) struct content *held = handles_text(server_of(req)->handles, handle);
    if (held != NULL && range->offset > 0)
        return reply_piece(req, content_peek(held), range->size, range->offset);
    if (held == NULL && range->offset > 0 && handles_is_cut(server_of(req)->handles, handle))
        return text_read_cut(req, handle, range);
    const struct text_request request = {
        .reply = text_reply_read, .req = req, .node = node, .handle = handle, .range = *range};
    return text_serve(&request, RENDER_FOLLOWS_MS);
}

/* libfuse has a form of its own for the number of a poll, which does not outlive the worker. */
void text_poll(fuse_req_t req, struct handle *handle, struct fuse_pollhandle *poll)
{
    const struct server *server = server_of(req);
    if (poll != NULL) {
        handles_set_poll(server->handles, handle, server->current.poll);
        fuse_pollhandle_destroy(poll);
    }
    bool changed = handles_seen(server->handles, handle) != registry_number(server->registry);
    fuse_reply_poll(req, changed ? NODE_OPS_READY : 0);
}

void text_release(struct server *server, struct handle *handle)
{
    handles_set_poll(server->handles, handle, 0);
}

#include "fs/ops/set_file.h"

#include <errno.h>

#include "core/base/buf.h"
#include "core/registry/registry.h"
#include "core/set/content.h"
#include "core/set/generation.h"
#include "core/set/material.h"
#include "fs/ops/reply.h"
#include "fs/report/audit.h"
#include "fs/state/attributes.h"
#include "fs/state/handle.h"
#include "fs/state/handles.h"
#include "fs/state/node.h"
#include "fs/state/notifier.h"
#include "fs/state/server.h"
#include "fs/state/snapshot.h"

struct content *set_file_content(const struct generation *generation, enum material_file file)
{
    return file == NODE_DESCRIPTION_FILE ? generation->description : material_content(generation->material, file);
}

uint64_t set_file_inode(const struct generation *current, enum material_file file)
{
    bool there = current != NULL && set_file_content(current, file) != NULL;
    return there ? node_file_inode(current->number, file) : 0;
}

/* The caller, for snapshot.h. */
static struct snapshot_reader set_file_reader(fuse_req_t req, uint64_t set)
{
    const struct fuse_ctx *caller = fuse_req_ctx(req);
    return (struct snapshot_reader){
        .thread = caller->pid, .uid = caller->uid, .set = set, .request = server_of(req)->current.unique};
}

/* ---- LOOKUP and GETATTR ---- */

int set_file_reply_entry(fuse_req_t req, const struct generation *generation, struct node node, double entry_timeout)
{
    const struct content *content = set_file_content(generation, node.file);
    if (content == NULL)
        return ENOENT;
    const struct fuse_entry_param entry = {
        .ino = node.inode,
        .attr = attributes_of_file(server_of(req), node, content_size(content), generation->committed),
        .attr_timeout = ATTRIBUTES_FOREVER,
        .entry_timeout = entry_timeout};
    fuse_reply_entry(req, &entry);
    return 0;
}

int set_file_lookup(fuse_req_t req, uint64_t set, enum material_file file)
{
    const struct server *server = server_of(req);
    const struct snapshot_reader reader = set_file_reader(req, set);
    CLEANUP(generation_unrefp)
    struct generation *shown = snapshots_lookup(server->snapshots, &reader, file, server_now_ms());
    CLEANUP(generation_unrefp) struct generation *current = registry_current_of(server->registry, set);
    if (shown == NULL)
        return ENOENT;
    /* A name that leads others elsewhere must not be remembered. */
    return set_file_reply_entry(req, shown, node_of(node_file_inode(shown->number, file)),
                                shown == current ? ATTRIBUTES_FOREVER : 0);
}

static int set_file_reply_attr(fuse_req_t req, struct node node, size_t size, int64_t committed)
{
    const struct stat st = attributes_of_file(server_of(req), node, size, committed);
    fuse_reply_attr(req, &st, ATTRIBUTES_FOREVER);
    return 0;
}

/* A file that is open, current, retired or pinned has attributes; a number from long ago has none. */
int set_file_getattr(fuse_req_t req, struct node node)
{
    const struct server *server = server_of(req);
    const struct handle *handle = handles_find(server->handles, node.inode);
    if (handle != NULL)
        return set_file_reply_attr(req, node, handle->size, handle->committed);
    CLEANUP(generation_unrefp) struct generation *generation = registry_find(server->registry, node.number);
    if (generation == NULL)
        generation = snapshots_find(server->snapshots, node.number);
    const struct content *content = generation == NULL ? NULL : set_file_content(generation, node.file);
    return content == NULL ? ESTALE : set_file_reply_attr(req, node, content_size(content), generation->committed);
}

/* ---- OPEN ---- */

/* The generation to open by the rules of snapshot.c, which do not apply below generations/. NULL: refused. */
static struct generation *set_file_admit(fuse_req_t req, struct node node)
{
    const struct server *server = server_of(req);
    CLEANUP(generation_unrefp) struct generation *wanted = registry_find(server->registry, node.number);
    /* A generation that is no longer in the registry may still be pinned. */
    CLEANUP(generation_unrefp)
    struct generation *pinned = wanted == NULL ? snapshots_find(server->snapshots, node.number) : NULL;
    const struct generation *known = wanted != NULL ? wanted : pinned;
    if (node.kind == NODE_GENERATION_FILE || known == NULL)
        return TAKE(wanted);
    const struct snapshot_reader reader = set_file_reader(req, known->resource->set);
    return snapshots_open(server->snapshots, &reader, node.file, node.number, wanted, server_now_ms());
}

/* Returns an errno. On ESTALE the kernel looks the name up again. Without a name, what is still open may be reopened.
 */
static int set_file_open_refused(fuse_req_t req, struct node node)
{
    const struct server *server = server_of(req);
    const struct snapshot_reader reader = set_file_reader(req, 0);
    CLEANUP(generation_unrefp) struct generation *kept = registry_find(server->registry, node.number);
    if (kept != NULL || !snapshots_refuse_gone(server->snapshots, &reader, node.file, node.number, server_now_ms()))
        return ESTALE;
    return handles_reopen(server->handles, node.inode, server->current.unique) ? 0 : ENOENT;
}

/* Whether this request opened a file when a worker before this one handled it: it gets the same one, whatever is
 * served by now. */
static bool set_file_was_opened(const struct server *server, uint64_t *ret)
{
    const struct handle *opened =
        server->current.again ? handles_opened_by(server->handles, server->current.unique) : NULL;
    if (opened == NULL || opened->content == NULL)
        return false;
    *ret = opened->number;
    return true;
}

/* Returns an errno. The handle's number is the inode's of this generation: not always the one that was asked for. */
static int set_file_open_handle(fuse_req_t req, struct node node, uint64_t *ret)
{
    struct fault f = {.reason = REASON_NONE};
    const struct server *server = server_of(req);
    if (set_file_was_opened(server, ret))
        return 0;
    CLEANUP(generation_unrefp) struct generation *generation = set_file_admit(req, node);
    *ret = node.inode;
    if (generation == NULL)
        return set_file_open_refused(req, node);
    if (node.kind != NODE_GENERATION_FILE)
        *ret = node_file_inode(generation->number, node.file);
    if (handles_reopen(server->handles, *ret, server->current.unique))
        return 0;
    const struct handle file = {.number = *ret,
                                .kind = node.kind,
                                .content = set_file_content(generation, node.file),
                                .resource = generation->resource,
                                .committed = generation->committed,
                                .request = server->current.unique};
    if (file.content == NULL)
        return ENOENT;
    return handles_open_file(server->handles, &file, &f) == 0 ? 0 : fault_errno_control(&f);
}

int set_file_open(fuse_req_t req, struct node node, struct fuse_file_info *fi)
{
    const struct server *server = server_of(req);
    const struct fuse_ctx *caller = fuse_req_ctx(req);
    int error = reply_wants_change(fi) ? EPERM : set_file_open_handle(req, node, &fi->fh);
    if (error != 0)
        return error;
    bool secret = material_is_secret(node.file);
    if (secret)
        audit_note_open(server->audit, &(struct audit_open){.uid = caller->uid,
                                                            .gid = caller->gid,
                                                            .thread = caller->pid,
                                                            .resource = handles_find(server->handles, fi->fh)->resource,
                                                            .generation = node_of(fi->fh).number,
                                                            .request = server->current.unique});
    fi->direct_io = secret || fi->fh != node.inode; /* the page cache is the inode's */
    fi->keep_cache = !fi->direct_io;
    fi->noflush = 1;
    return 0;
}

/* ---- READ and RELEASE ---- */

/*
 * With direct I/O, read(2) goes past the page cache and sends a lock owner (FUSE_READ_LOCKOWNER); sendfile(2),
 * splice(2) and a mapping read through the page cache, without one. The page cache is the inode's: bytes of another
 * generation must not get into it. The reply is sent from the one copy of the bytes that there is.
 */
int set_file_read(fuse_req_t req, struct node node, struct handle *handle, const struct read_range *range)
{
    struct span bytes;
    bool foreign = range->cached && handle->number != node.inode;
    if (range->cached && !foreign && material_is_secret(node.file))
        handles_set_cached(server_of(req)->handles, handle);
    if (foreign || handle->content == NULL || content_borrow(handle->content, &bytes) != 0)
        return EIO;
    int error = reply_piece(req, bytes, range->size, range->offset);
    content_return(handle->content);
    return error;
}

/* Not before: a program that maps the file may read it until then, which would bring the pages back at once. */
void set_file_release(struct server *server, struct handle *handle)
{
    if (handles_take_cached(server->handles, handle))
        notifier_post(server->notifier, &(struct notice){.kind = NOTICE_PAGES, .directory = handle->number}, -1);
}

#include "fs/ops/files.h"

#include <errno.h>
#include <poll.h>

#include "fs/ops/control.h"
#include "fs/ops/texts.h"
#include "fs/state/notifier.h"
#include "fs/state/reply.h"

static void files_close_handle(struct server *server, uint64_t number)
{
    const struct handle *handle = handles_find(server->handles, number);
    if (handle != NULL && handle->inode != 0)
        texts_close(server, handle);
    else if (handle != NULL && handle->upload != NULL)
        control_close(server, handle);
    else
        handles_close(server->handles, number);
}

/* An open that nobody waits for any more gets no release. */
static void files_reply_open(fuse_req_t req, const struct fuse_file_info *fi)
{
    if (fuse_reply_open(req, fi) == -ENOENT)
        files_close_handle(server_of(req), fi->fh);
}

/* ---- files of a set ---- */

/* By the rules of snapshot.c; below generations/ there are none. NULL: refused. */
static struct generation *files_admit(fuse_req_t req, uint64_t inode)
{
    const struct server *server = server_of(req);
    const struct fuse_ctx *caller = fuse_req_ctx(req);
    uint64_t number = tree_generation(inode);
    CLEANUP(generation_unrefp) struct generation *wanted = registry_find(server->registry, number);
    /* A generation that is in the registry no more may still be pinned. */
    CLEANUP(generation_unrefp)
    struct generation *pinned = wanted == NULL ? snapshots_find(server->snapshots, number) : NULL;
    const struct generation *known = wanted != NULL ? wanted : pinned;
    if (tree_node(inode) == TREE_GENERATION_FILE || known == NULL)
        return TAKE(wanted);
    const struct snapshot_reader reader = {.thread = caller->pid, .uid = caller->uid, .set = known->resource->set};
    return snapshots_open(server->snapshots, &reader, tree_file_kind(inode), number, wanted, server_now_ms());
}

/* The number is that of the file's inode, of this generation: not always the one that was asked for. */
static int files_open_content(const struct server *server, uint64_t number, const struct generation *generation,
                              struct fault *f)
{
    if (handles_reopen(server->handles, number))
        return 0;
    const struct handle file = {.number = number,
                                .content = tree_content(generation, number),
                                .resource = generation->resource,
                                .committed = generation->committed};
    if (file.content == NULL)
        return fault_set(f, REASON_NOT_FOUND, "", "the set has no such file");
    return handles_open_file(server->handles, &file, f);
}

/* An errno. On ESTALE the kernel asks for the name. What is open still may be opened again without one. */
static int files_open_refused(fuse_req_t req, uint64_t inode)
{
    const struct server *server = server_of(req);
    const struct fuse_ctx *caller = fuse_req_ctx(req);
    uint64_t number = tree_generation(inode);
    CLEANUP(generation_unrefp) struct generation *kept = registry_find(server->registry, number);
    if (kept != NULL || !snapshots_refuse_gone(server->snapshots, caller->pid, caller->uid, tree_file_kind(inode),
                                               number, server_now_ms()))
        return ESTALE;
    return handles_reopen(server->handles, inode) ? 0 : ENOENT;
}

/* An errno; the number of the handle. */
static int files_open_inode(fuse_req_t req, uint64_t inode, uint64_t *ret)
{
    struct fault f = {.reason = REASON_NONE};
    CLEANUP(generation_unrefp) struct generation *generation = files_admit(req, inode);
    *ret = inode;
    if (generation == NULL)
        return files_open_refused(req, inode);
    if (tree_node(inode) != TREE_GENERATION_FILE)
        *ret = tree_file_inode(generation->number, tree_file_kind(inode));
    return files_open_content(server_of(req), *ret, generation, &f) == 0 ? 0 : fault_errno_control(&f);
}

static void files_note_key(fuse_req_t req, uint64_t number)
{
    const struct server *server = server_of(req);
    const struct fuse_ctx *caller = fuse_req_ctx(req);
    const struct handle *handle = handles_find(server->handles, number);
    audit_note_open(server->audit, caller->uid, caller->gid, caller->pid, handle->resource, tree_generation(number));
}

static void files_open_file(fuse_req_t req, uint64_t inode, struct fuse_file_info *fi)
{
    if (wants_change(fi)) {
        fuse_reply_err(req, EPERM);
        return;
    }
    uint64_t number;
    int error = files_open_inode(req, inode, &number);
    if (error != 0) {
        fuse_reply_err(req, error);
        return;
    }
    bool key = material_is_secret(tree_file_kind(inode));
    if (key)
        files_note_key(req, number);
    fi->fh = number;
    fi->direct_io = key || number != inode; /* the page cache is the inode's */
    fi->keep_cache = !fi->direct_io;
    fi->noflush = 1;
    files_reply_open(req, fi);
}

void files_open(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    switch (tree_node(inode)) {
    case TREE_FILE:
    case TREE_GENERATION_FILE:
    case TREE_DESCRIPTION:
        files_open_file(req, inode, fi);
        return;
    case TREE_CONTROL:
        if (control_open(req, fi) == 0)
            files_reply_open(req, fi);
        return;
    case TREE_LAST:
    case TREE_STATUS:
    case TREE_METRICS:
        texts_open(req, inode, fi);
        return;
    default:
        fuse_reply_err(req, EISDIR);
    }
}

/* ---- reading ---- */

/* Straight from the one copy there is. */
static void files_read_content(fuse_req_t req, struct content *content, size_t size, off_t offset)
{
    struct span bytes;
    if (content_borrow(content, &bytes) != 0) {
        fuse_reply_err(req, EIO);
        return;
    }
    reply_piece(req, bytes, size, offset);
    content_return(content);
}

/*
 * With direct I/O, read(2) goes past the page cache and says whose locks it respects (FUSE_READ_LOCKOWNER);
 * sendfile(2), splice(2) and a mapping read by way of the page cache, in nobody's name. That is the inode's: bytes of
 * another generation must not get into it.
 */
static void files_read_file(fuse_req_t req, uint64_t inode, struct handle *handle, size_t size, off_t offset,
                            bool caches)
{
    if (caches && handle->number != inode) {
        fuse_reply_err(req, EIO);
        return;
    }
    handle->cached |= caches && material_is_secret(tree_file_kind(inode));
    files_read_content(req, handle->content, size, offset);
}

/* The answer, from where the last read ended: offsets mean nothing on control. */
static void files_read_answer(fuse_req_t req, struct upload *upload, size_t size)
{
    struct span answer = upload_answer(upload);
    size_t count = answer.len < size ? answer.len : size;
    reply_piece(req, answer, count, 0);
    upload_was_read(upload, count);
}

void files_read(fuse_req_t req, fuse_ino_t inode, size_t size, off_t offset, struct fuse_file_info *fi)
{
    struct handle *handle = handles_find(server_of(req)->handles, fi->fh);
    if (handle == NULL)
        fuse_reply_err(req, EIO);
    else if (handle->content != NULL)
        files_read_file(req, inode, handle, size, offset, fi->lock_owner == 0);
    else if (handle->upload != NULL)
        files_read_answer(req, handle->upload, size);
    else
        texts_read(req, handle, size, offset);
}

/* ---- waiting ---- */

static void files_wait_on(struct server *server, struct handle *handle, struct fuse_pollhandle *poll)
{
    struct fuse_pollhandle *before = handles_set_poll(server->handles, handle, poll);
    if (before != NULL)
        fuse_pollhandle_destroy(before);
}

/* A text is readable when a set was committed since it was made; everything else always is. */
void files_poll(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi, struct fuse_pollhandle *poll)
{
    struct server *server = server_of(req);
    struct handle *handle = handles_find(server->handles, fi->fh);
    unsigned events = POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;
    bool text = handle != NULL && tree_node(inode) == TREE_STATUS;
    if (poll != NULL && text)
        files_wait_on(server, handle, poll);
    else if (poll != NULL)
        fuse_pollhandle_destroy(poll);
    if (text && handles_seen(server->handles, handle) == registry_number(server->registry))
        events = 0;
    fuse_reply_poll(req, events);
}

/* Not before: who maps a file reads it as long as he likes, and would bring it back at once. */
static void files_forget_pages(const struct server *server, struct handle *handle)
{
    if (handle->cached)
        notifier_post(server->notifier, &(struct notice){.kind = NOTICE_PAGES, .directory = handle->number}, -1);
    handle->cached = false;
}

void files_release(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    (void)inode;
    struct server *server = server_of(req);
    struct handle *handle = handles_find(server->handles, fi->fh);
    if (handle != NULL && handle->upload != NULL)
        control_release(server, handle->upload);
    if (handle != NULL) {
        files_wait_on(server, handle, NULL);
        files_forget_pages(server, handle);
    }
    files_close_handle(server, fi->fh);
    fuse_reply_err(req, 0);
}

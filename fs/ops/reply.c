#include "fs/ops/reply.h"

#include <errno.h>
#include <fcntl.h>

#include "core/base/buf.h"
#include "fs/state/attributes.h"
#include "fs/state/intents.h"
#include "fs/state/snapshot.h"
#include "fs/state/upload.h"
#include "fs/state/writes.h"

struct server *server_of(fuse_req_t req)
{
    return fuse_req_userdata(req);
}

bool reply_wants_change(const struct fuse_file_info *fi)
{
    return (fi->flags & O_ACCMODE) != O_RDONLY || (fi->flags & (O_TRUNC | O_APPEND)) != 0;
}

int reply_entry(fuse_req_t req, struct node node)
{
    struct attributes attributes;
    if (!attributes_of(server_of(req), node, &attributes))
        return ENOENT;
    const struct fuse_entry_param entry = {.ino = node.inode,
                                           .attr = attributes.stat,
                                           .attr_timeout = attributes.timeout,
                                           .entry_timeout = attributes.entry_timeout};
    fuse_reply_entry(req, &entry);
    return 0;
}

int reply_attr(fuse_req_t req, struct node node)
{
    struct attributes attributes;
    if (!attributes_of(server_of(req), node, &attributes))
        return ENOENT;
    fuse_reply_attr(req, &attributes.stat, attributes.timeout);
    return 0;
}

int reply_piece(fuse_req_t req, struct span bytes, size_t size, off_t offset)
{
    size_t start = offset < 0 || (size_t)offset > bytes.len ? bytes.len : (size_t)offset;
    size_t count = bytes.len - start < size ? bytes.len - start : size;
    fuse_reply_buf(req, count == 0 ? NULL : (const char *)bytes.data + start, count);
    return 0;
}

int reply_xattr(fuse_req_t req, const char *bytes, size_t length, size_t size)
{
    if (size != 0 && length > size)
        return ERANGE;
    if (size == 0)
        fuse_reply_xattr(req, length);
    else
        fuse_reply_buf(req, bytes, length);
    return 0;
}

void reply_note_writer(fuse_req_t req, struct upload *upload)
{
    const struct fuse_ctx *caller = fuse_req_ctx(req);
    snapshots_end(server_of(req)->snapshots, caller->pid);
    upload_begin_write(upload, server_of(req)->current.unique);
    if (upload_is_collecting(upload))
        upload_set_writer(upload, caller->uid, caller->gid, caller->pid);
}

/* libfuse calls this in the FUSE thread, for a request that is not answered yet. */
static void reply_interrupted(fuse_req_t req, void *writes)
{
    writes_interrupt(writes, req);
}

bool reply_again(struct server *server, const struct job *job)
{
    struct job again = *job;
    struct fault ignored = {.reason = REASON_NONE};
    const int intent = server->current.again ? intents_find_kept(server->intents, server->current.unique) : -1;
    if (intent < 0 || upload_was_completed_by(job->upload, server->current.unique))
        return false;
    if (server_admit(server, job->upload, &ignored) != 0) { /* carried out it is, and must not be once more */
        fuse_reply_err(job->request, EBUSY);
        return true;
    }
    again.intent = (unsigned)intent + 1;
    upload_repeat(job->upload);
    reply_later(server, &again);
    return true;
}

void reply_later(struct server *server, const struct job *job)
{
    struct job submitted = *job;
    submitted.unique = server->current.unique;
    submitted.thread = fuse_req_ctx(job->request)->pid;
    fuse_req_interrupt_func(job->request, reply_interrupted, server->writes);
    submitted.interrupted = fuse_req_interrupted(job->request) != 0;
    writes_submit(server->writes, &submitted);
}

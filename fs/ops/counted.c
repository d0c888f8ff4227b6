#include "fs/ops/counted.h"

#include <errno.h>

#include "core/base/fault.h"
#include "core/set/content.h"
#include "fs/report/problems.h"
#include "fs/state/handle.h"
#include "fs/state/handles.h"
#include "fs/state/node.h"
#include "fs/state/shares.h"

struct handle *counted_opened_before(const struct server *server, enum node_kind kind)
{
    if (!server->current.again)
        return NULL;
    struct handle *handle = handles_opened_by(server->handles, server->current.unique);
    return handle != NULL && handle->kind == kind ? handle : NULL;
}

int counted_open(fuse_req_t req, struct shares *shares, enum node_kind kind, size_t size, struct handle **ret)
{
    const struct server *server = fuse_req_userdata(req);
    struct fault f = {.reason = REASON_NONE};
    uid_t uid = fuse_req_ctx(req)->uid;
    *ret = counted_opened_before(server, kind);
    if (*ret != NULL)
        return 0;
    int error = shares_open(shares, uid, size);
    if (error != 0)
        return error;
    if (handles_open(server->handles, kind, ret, &f) != 0) {
        shares_close(shares, uid, size);
        return ENOMEM;
    }
    (*ret)->shares = shares;
    (*ret)->uid = uid;
    (*ret)->text_size = size;
    return 0;
}

void counted_hold(struct server *server, struct handle *handle, struct content *text, uint64_t seen)
{
    size_t before = handles_set_text(server->handles, handle, text, seen);
    shares_resize(handle->shares, handle->uid, before, content_size(text));
}

void counted_report(struct server *server)
{
    if (handles_take_unkept(server->handles))
        problems_set(server->source.problems, "unkept",
                     "more files are open than certfs can keep over the end of its worker: if that ends, reading them "
                     "gives an error until they are opened again");
}

void counted_close(struct server *server, const struct handle *handle)
{
    struct shares *shares = handle->shares;
    uid_t uid = handle->uid;
    size_t size = handles_text_size(server->handles, handle);
    bool closed = handles_close(server->handles, handle->number, server->current.unique);
    if (closed && shares != NULL)
        shares_close(shares, uid, size);
}

#include "fs/ops/counted.h"

#include <errno.h>

#include "core/base/fault.h"
#include "core/set/content.h"
#include "fs/state/handles.h"
#include "fs/state/node.h"
#include "fs/state/shares.h"

int counted_open(fuse_req_t req, struct shares *shares, enum node_kind kind, size_t size, struct handle **ret)
{
    const struct server *server = fuse_req_userdata(req);
    struct fault f = {.reason = REASON_NONE};
    uid_t uid = fuse_req_ctx(req)->uid;
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

void counted_close(struct server *server, const struct handle *handle)
{
    if (handle->shares != NULL)
        shares_close(handle->shares, handle->uid, handles_text_size(server->handles, handle));
    handles_close(server->handles, handle->number);
}

#include "fs/reply.h"

struct server *server_of(fuse_req_t req)
{
    return fuse_req_userdata(req);
}

void reply_fault(fuse_req_t req, const struct fault *f)
{
    fuse_reply_err(req, fault_errno_control(f));
}

void reply_piece(fuse_req_t req, struct span bytes, size_t size, off_t offset)
{
    size_t start = offset < 0 || (size_t)offset > bytes.len ? bytes.len : (size_t)offset;
    size_t count = bytes.len - start < size ? bytes.len - start : size;
    fuse_reply_buf(req, count == 0 ? NULL : (const char *)bytes.data + start, count);
}

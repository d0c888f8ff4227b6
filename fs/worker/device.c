#include "fs/worker/device.h"

#include <errno.h>
#include <linux/fuse.h>
#include <unistd.h>

#include "fs/host/test_hooks.h"

enum { NOTIFY_RESEND = 7 }; /* missing in the headers of Debian 12 */

static bool device_is_transient(int error)
{
    /* ENOENT: the request was interrupted before it was read. */
    return error == EINTR || error == EAGAIN || error == ENOENT;
}

ssize_t device_read(int fuse_fd, void *ret, size_t size)
{
    ssize_t length;
    do
        length = read(fuse_fd, ret, size);
    while (length < 0 && device_is_transient(errno));
    return length < 0 && errno == ENODEV ? 0 : length;
}

bool device_resend(int fuse_fd)
{
    const struct fuse_out_header notice = {.len = sizeof(notice), .error = NOTIFY_RESEND};
    if (test_hooks_lacks("resend"))
        return false;
    return write(fuse_fd, &notice, sizeof(notice)) == sizeof(notice);
}

void device_refuse(int fuse_fd, uint64_t unique, int error)
{
    const struct fuse_out_header reply = {.len = sizeof(reply), .error = -error, .unique = unique};
    /* If it fails, the request was given up. */
    (void)!write(fuse_fd, &reply, sizeof(reply));
}

bool device_awaits_reply(uint32_t opcode)
{
    return opcode != FUSE_FORGET && opcode != FUSE_BATCH_FORGET && opcode != FUSE_INTERRUPT &&
           opcode != FUSE_NOTIFY_REPLY;
}

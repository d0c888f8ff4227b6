#include "fs/host/channel.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/text.h"

/* SO_PASSRIGHTS of asm-generic/socket.h, which headers of older kernels do not have. */
enum { PASS_RIGHTS = 83 };

struct head {
    int kind;
    int priority;
};

int channel_open(int *ret_supervisor, int *ret_worker, struct fault *f)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return fault_set_errno(f, REASON_SYSTEM, errno, "cannot create the channel between supervisor and worker");
    /* Closing a stranger's descriptor can block (SO_LINGER). An older kernel drops them when they are received. */
    (void)setsockopt(ends[0], SOL_SOCKET, PASS_RIGHTS, &(int){0}, sizeof(int));
    *ret_supervisor = ends[0];
    *ret_worker = ends[1];
    return 0;
}

int channel_post(int fd, const struct iovec *parts, size_t count, int descriptor)
{
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {.bytes = {0}};
    struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)parts, .msg_iovlen = count};
    if (descriptor >= 0) {
        control.head =
            (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(&control.head), &descriptor, sizeof(descriptor));
        message.msg_control = &control;
        message.msg_controllen = sizeof(control);
    }
    ssize_t sent;
    do
        sent = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -1 : 0;
}

int channel_send(int fd, enum channel_kind kind, int priority, const char *text)
{
    struct head head = {.kind = (int)kind, .priority = priority};
    char copy[CHANNEL_TEXT_SIZE];
    text_fit(text, copy, sizeof(copy));
    const struct iovec parts[] = {{&head, sizeof(head)}, {copy, strlen(copy)}};
    return channel_post(fd, parts, 2, -1);
}

bool channel_is_waiting(int fd)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    return poll(&wait, 1, 0) > 0;
}

void channel_receive(int fd, struct channel_message *ret)
{
    struct head head = {0};
    *ret = (struct channel_message){.kind = CHANNEL_END};
    struct iovec parts[] = {{&head, sizeof(head)}, {ret->text, sizeof(ret->text) - 1}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t received;
    do
        received = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    while (received < 0 && errno == EINTR);
    if (received < (ssize_t)sizeof(head) || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 ||
        head.kind <= CHANNEL_END || head.kind > CHANNEL_LOG) {
        *ret = (struct channel_message){.kind = CHANNEL_END};
        return;
    }
    ret->kind = (enum channel_kind)head.kind;
    ret->priority = head.priority;
}

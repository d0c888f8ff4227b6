#include "fs/judge/orders.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/text.h"
#include "fs/host/channel.h"
#include "fs/host/clock.h"

enum { FIRST_FREE = STDERR_FILENO + 1 };

/* Room for one descriptor; CMSG_SPACE has padding that would hold another. */
union control {
    struct cmsghdr head;
    char bytes[CMSG_SPACE(sizeof(int))];
};

int orders_send(int fd, enum order order, int descriptor)
{
    int kind = (int)order;
    const struct iovec part = {&kind, sizeof(kind)};
    return channel_post(fd, &part, 1, descriptor);
}

static int orders_descriptor_of(struct msghdr *message)
{
    int descriptor = -1;
    const struct cmsghdr *head = CMSG_FIRSTHDR(message);
    if (head != NULL && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS &&
        head->cmsg_len == CMSG_LEN(sizeof(int)))
        memcpy(&descriptor, CMSG_DATA(head), sizeof(descriptor));
    if (descriptor < 0 || descriptor >= FIRST_FREE)
        return descriptor;
    /* 0 to 2 are closed: what writes messages there would write them to the worker. */
    int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, FIRST_FREE);
    close(descriptor);
    return moved;
}

enum order orders_receive(int fd, int *ret_descriptor)
{
    int kind = ORDER_END;
    union control control = {.bytes = {0}};
    struct iovec part = {&kind, sizeof(kind)};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = CMSG_LEN(sizeof(int))};
    ssize_t received;
    do
        received = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    while (received < 0 && errno == EINTR);
    *ret_descriptor = received <= 0 ? -1 : orders_descriptor_of(&message);
    bool whole = received == (ssize_t)sizeof(kind) && (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0;
    bool judge = kind == ORDER_JUDGE && *ret_descriptor >= 0, end = kind == ORDER_KILL && *ret_descriptor < 0;
    if (whole && (judge || end))
        return (enum order)kind;
    close_fd(ret_descriptor);
    *ret_descriptor = -1;
    return ORDER_END;
}

int report_send(int fd, const struct report *report)
{
    ssize_t sent;
    do
        sent = send(fd, report, sizeof(*report), MSG_DONTWAIT | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -1 : 0;
}

static bool report_is_sound(const struct report *report)
{
    return report->kind > REPORT_END && report->kind <= REPORT_ENDED && report->cpu_ms >= 0 &&
           memchr(report->text, '\0', sizeof(report->text)) != NULL;
}

bool report_receive(int fd, int64_t deadline, struct report *ret)
{
    *ret = (struct report){.kind = REPORT_END};
    if (!clock_wait(fd, POLLIN, deadline))
        return false;
    ssize_t received = recv(fd, ret, sizeof(*ret), MSG_DONTWAIT | MSG_TRUNC);
    if (received != (ssize_t)sizeof(*ret) || !report_is_sound(ret))
        *ret = (struct report){.kind = REPORT_END};
    text_make_printable(ret->text);
    return true;
}

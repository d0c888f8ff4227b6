#include "fs/judge/exchange.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "fs/host/clock.h"

struct head {
    uint32_t kind, length;
};

static int exchange_flags(const struct exchange *exchange)
{
    return exchange->deadline == 0 ? 0 : MSG_DONTWAIT;
}

/* Whether the call that failed is to be tried again; waits for the peer where it would have blocked. */
static bool exchange_wait(const struct exchange *exchange, short events)
{
    return errno == EINTR || (errno == EAGAIN && clock_wait(exchange->fd, events, exchange->deadline));
}

/* Moves on by what was sent. */
static void exchange_pass(struct iovec parts[2], size_t sent)
{
    for (int i = 0; i < 2; i++) {
        size_t here = sent < parts[i].iov_len ? sent : parts[i].iov_len;
        parts[i].iov_base = (char *)parts[i].iov_base + here;
        parts[i].iov_len -= here;
        sent -= here;
    }
}

int exchange_send(const struct exchange *exchange, enum exchange_kind kind, struct span body)
{
    struct head head = {.kind = kind, .length = (uint32_t)body.len};
    struct iovec parts[] = {{&head, sizeof(head)}, {(void *)(uintptr_t)body.data, body.len}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    while (parts[0].iov_len + parts[1].iov_len > 0) {
        ssize_t sent = sendmsg(exchange->fd, &message, exchange_flags(exchange) | MSG_NOSIGNAL);
        if (sent >= 0)
            exchange_pass(parts, (size_t)sent);
        else if (!exchange_wait(exchange, POLLOUT))
            return -1;
    }
    return 0;
}

static int exchange_read(const struct exchange *exchange, void *target, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t got = recv(exchange->fd, (char *)target + done, size - done, exchange_flags(exchange));
        if (got == 0)
            errno = EPIPE;
        if (got > 0)
            done += (size_t)got;
        else if (got == 0 || !exchange_wait(exchange, POLLIN))
            return -1;
    }
    return 0;
}

int exchange_receive(const struct exchange *exchange, size_t max, enum exchange_kind *ret_kind, struct buf *ret)
{
    struct head head;
    struct fault f = {.reason = REASON_NONE};
    if (exchange_read(exchange, &head, sizeof(head)) != 0)
        return -1;
    errno = EMSGSIZE;
    if (head.length > max || head.kind > EXCHANGE_FAULT)
        return -1;
    errno = ENOMEM;
    if (buf_reserve(ret, head.length, &f) != 0 || exchange_read(exchange, ret->data, head.length) != 0)
        return -1;
    ret->len = head.length;
    *ret_kind = (enum exchange_kind)head.kind;
    return 0;
}

#include "fs/host/test_lines.h"

#ifdef CERTFS_TEST_HOOKS

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>

#include "fs/host/ask.h"

enum { LIMIT_MS = 10 * 1000, BYTES_MAX = 4096 };

/* Waits until the line takes it. */
static long test_lines_send(int line, const void *head, size_t size, const void *bytes, size_t length)
{
    struct iovec parts[] = {{(void *)(uintptr_t)head, size}, {(void *)(uintptr_t)bytes, length}};
    const struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    struct pollfd room = {.fd = line, .events = POLLOUT};
    long sent;
    while ((sent = sendmsg(line, &message, MSG_DONTWAIT | MSG_NOSIGNAL)) < 0 && errno == EAGAIN)
        if (poll(&room, 1, LIMIT_MS) == 0)
            return -1;
    return sent;
}

long test_lines_send_text(const char *argument, int line)
{
    static const char control[] = "\x1b]0;title\x07\r\n<0>Jan  1 00:00:00 forged[1]: line\xC2\x9B\x7F";
    char *rest, text[BYTES_MAX];
    const int head[] = {(int)strtol(argument, &rest, 10), LOG_EMERG};
    long count = strtol(rest + 1, &rest, 10), sent = 0;
    size_t length = strtoul(rest + 1, NULL, 10);
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = 'x';
    memcpy(text, control, sizeof(control) - 1);
    for (; count > 0 && sent >= 0; count--)
        sent = test_lines_send(line, head, sizeof(head), text, length < sizeof(text) ? length : sizeof(text));
    return sent;
}

long test_lines_ask(const char *argument, int line)
{
    char *name;
    const enum ask_kind kind = (enum ask_kind)strtol(argument, &name, 10);
    struct ask ask = {.fd = line, .limit_ms = LIMIT_MS, .number = UINT64_C(1) << 40};
    return ask_supervisor(&ask, kind, *name == '/' ? name + 1 : "", NULL);
}

long test_lines_ask_on(const char *argument, int line)
{
    char *rest;
    const uint64_t head[] = {1, strtoul(argument, &rest, 10)};
    long count = strtol(rest + 1, NULL, 10), sent = 0;
    for (; count > 0 && sent >= 0; count--)
        sent = test_lines_send(line, head, sizeof(head), "certfs", head[1] == ASK_KEY ? strlen("certfs") : 0);
    return sent;
}

long test_lines_babble(const char *argument, int line)
{
    static const char zeros[BYTES_MAX];
    const size_t length = strtoul(argument, NULL, 10);
    return test_lines_send(line, zeros, length < sizeof(zeros) ? length : sizeof(zeros), "", 0);
}

long test_lines_pass(const char *argument, int line)
{
    uint64_t head[] = {1, ASK_STORE_PLACE};
    union {
        struct cmsghdr header;
        unsigned char space[CMSG_SPACE(sizeof(int))];
    } control = {.header = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))}};
    struct iovec part = {head, sizeof(head)};
    const struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    (void)argument;
    memcpy(CMSG_DATA(&control.header), &line, sizeof(line));
    return sendmsg(line, &message, MSG_NOSIGNAL);
}

#else

typedef int test_lines_nothing; /* a file of C is not empty */

#endif

#include "fs/host/ask.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "fs/host/channel.h"
#include "fs/host/clock.h"

enum { TAKEN_MAX = 4 /* descriptors of one message: surplus ones are taken to be closed */ };

/* The name follows. */
struct question_head {
    uint64_t number;
    uint64_t kind;
};

struct answer {
    uint64_t number;
    int32_t error; /* 0, or of errno */
    int32_t value;
    struct stat facts;
};

/* The parts of questions and answers of each kind. */
static const struct {
    bool is_known, has_name, has_descriptor;
} forms[] = {
    [ASK_KEY] = {true, true, true},           [ASK_KEY_FACTS] = {true, true, false},
    [ASK_STORE_PLACE] = {true, false, false}, [ASK_KEYS_PLACE] = {true, false, true},
    [ASK_KEPT_KEY] = {true, true, true},      [ASK_ZYGOTE] = {true, false, true},
    [ASK_HURRY] = {true, false, false},
};

union ask_control {
    struct cmsghdr header;
    unsigned char space[CMSG_SPACE(TAKEN_MAX * sizeof(int))];
};

static ssize_t ask_receive_message(int fd, struct msghdr *message)
{
    ssize_t received;
    do
        received = recvmsg(fd, message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (received < 0 && errno == EINTR);
    return received;
}

/* ---- the worker ---- */

/* The first descriptor of the message, or -1. Closes the others; `ret_count` counts all. */
static int ask_take_descriptor(struct msghdr *message, size_t *ret_count)
{
    int first = -1;
    *ret_count = 0;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL; part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t at = 0; CMSG_LEN(at + sizeof(int)) <= part->cmsg_len; at += sizeof(int)) {
            int descriptor;
            memcpy(&descriptor, CMSG_DATA(part) + at, sizeof(descriptor));
            if (*ret_count == 0)
                first = descriptor;
            else
                close(descriptor);
            ++*ret_count;
        }
    }
    return first;
}

/*
 * Receives one answer without blocking. `ret_descriptor` is -1 or the caller's. False with errno: EAGAIN, EPIPE,
 * EPROTO.
 */
static bool ask_receive_answer(int fd, struct answer *ret, int *ret_descriptor)
{
    union ask_control control = {.space = {0}};
    struct iovec part = {ret, sizeof(*ret)};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    size_t count;
    *ret_descriptor = -1;
    ssize_t received = ask_receive_message(fd, &message);
    if (received <= 0) {
        errno = received < 0 && errno == EAGAIN ? EAGAIN : EPIPE;
        return false;
    }
    int descriptor = ask_take_descriptor(&message, &count);
    if (received == (ssize_t)sizeof(*ret) && (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0 && count <= 1) {
        *ret_descriptor = descriptor;
        return true;
    }
    close_fd(&descriptor);
    errno = EPROTO;
    return false;
}

/* Reads late answers. Whether that of the question that was given up was among them, or none is awaited. */
static bool ask_settle(struct ask *ask)
{
    while (ask->unanswered) {
        struct answer answer = {.number = 0};
        CLEANUP(close_fd) int descriptor = -1;
        if (!ask_receive_answer(ask->fd, &answer, &descriptor)) {
            if (errno == EAGAIN)
                errno = ETIMEDOUT;
            return false;
        }
        ask->unanswered = answer.number != ask->number;
    }
    return true;
}

static int ask_send_question(const struct ask *ask, enum ask_kind kind, const char *name)
{
    struct question_head head = {.number = ask->number, .kind = (uint64_t)kind};
    char copy[ASK_NAME_MAX];
    size_t length = strnlen(name, ASK_NAME_MAX);
    memcpy(copy, name, length);
    const struct iovec parts[] = {{&head, sizeof(head)}, {copy, length}};
    return channel_post(ask->fd, parts, 2, -1);
}

/* False with ETIMEDOUT after the deadline, in ms of CLOCK_MONOTONIC. */
static bool ask_wait(int fd, int64_t deadline)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    int64_t left;
    while ((left = deadline - clock_ms(CLOCK_MONOTONIC)) > 0)
        if (poll(&ready, 1, left < INT_MAX ? (int)left : INT_MAX) > 0)
            return true;
    errno = ETIMEDOUT;
    return false;
}

/* Waits for the answer of the last question. An answer of another one is dropped, with its descriptor. */
static bool ask_await(struct ask *ask, struct answer *ret, int *ret_descriptor)
{
    const int64_t deadline = clock_ms(CLOCK_MONOTONIC) + ask->limit_ms;
    while (ask_wait(ask->fd, deadline)) {
        if (!ask_receive_answer(ask->fd, ret, ret_descriptor)) {
            if (errno == EAGAIN)
                continue;
            return false;
        }
        if (ret->number == ask->number)
            return true;
        close_fd(ret_descriptor);
    }
    ask->unanswered = true;
    return false;
}

/* Returns the descriptor, 0 or -1, as ask_supervisor. */
static int ask_exchange(struct ask *ask, enum ask_kind kind, const char *name, struct answer *ret)
{
    int descriptor = -1;
    if (strlen(name) > ASK_NAME_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    if (!ask_settle(ask))
        return -1;
    ask->number++;
    if (ask_send_question(ask, kind, name) != 0 || !ask_await(ask, ret, &descriptor))
        return -1;
    bool expected = ret->error == 0 && forms[kind].has_descriptor;
    if (ret->error < 0 || (descriptor >= 0) != expected) {
        close_fd(&descriptor);
        ret->error = EPROTO;
    }
    if (ret->error == 0)
        return expected ? descriptor : 0;
    errno = ret->error;
    return -1;
}

int ask_supervisor(struct ask *ask, enum ask_kind kind, const char *name, int *ret_value)
{
    struct answer answer = {.number = 0};
    int result = ask_exchange(ask, kind, name, &answer);
    if (result >= 0 && ret_value != NULL)
        *ret_value = answer.value;
    return result;
}

int ask_key_facts(struct ask *ask, const char *name, struct stat *ret)
{
    struct answer answer = {.number = 0};
    int result = ask_exchange(ask, ASK_KEY_FACTS, name, &answer);
    if (result >= 0)
        *ret = answer.facts;
    return result;
}

/* ---- the supervisor ---- */

static bool ask_is_question(const struct question_head *head, const char *name, size_t length)
{
    if (head->kind >= sizeof(forms) / sizeof(forms[0]) || !forms[head->kind].is_known)
        return false;
    return forms[head->kind].has_name ? length > 0 && memchr(name, '\0', length) == NULL : length == 0;
}

/* Whether another message waits. */
static bool ask_is_flooded(int fd)
{
    char byte;
    return recv(fd, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT) > 0;
}

/* Without room for them, the kernel drops descriptors before this process has them, and sets MSG_CTRUNC. */
enum ask_received ask_receive(int fd, struct ask_question *ret)
{
    struct question_head head = {0};
    *ret = (struct ask_question){.number = 0};
    struct iovec parts[] = {{&head, sizeof(head)}, {ret->name, ASK_NAME_MAX}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t received = ask_receive_message(fd, &message);
    if (received < 0 && errno == EAGAIN)
        return ASK_NOTHING;
    if (received <= 0)
        return ASK_CLOSED;
    if (received < (ssize_t)sizeof(head) || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 ||
        !ask_is_question(&head, ret->name, (size_t)received - sizeof(head)) || ask_is_flooded(fd))
        return ASK_MALFORMED;
    ret->number = head.number;
    ret->kind = (enum ask_kind)head.kind;
    return ASK_QUESTION;
}

static int ask_send_answer(int fd, const struct answer *answer, int descriptor)
{
    struct answer copy = *answer;
    const struct iovec part = {&copy, sizeof(copy)};
    return channel_post(fd, &part, 1, descriptor);
}

/* The kernel may refuse to pass a descriptor (ETOOMANYREFS); the worker hears of it then. */
int ask_answer(int fd, const struct ask_question *question, const struct ask_answer *answer)
{
    CLEANUP(close_fd) int descriptor = answer->descriptor;
    const struct answer good = {.number = question->number, .value = answer->value, .facts = answer->facts};
    if (answer->error == 0 && ask_send_answer(fd, &good, descriptor) == 0)
        return 0;
    const int error = answer->error != 0 ? answer->error : errno;
    const struct answer refusal = {.number = question->number, .error = error};
    return ask_send_answer(fd, &refusal, -1);
}

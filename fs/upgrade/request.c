#include "fs/upgrade/request.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "core/base/fault.h"
#include "core/base/text.h"
#include "fs/host/clock.h"
#include "fs/host/process.h"

enum { LINE_SIZE = 256, SHOWN_SIZE = 101, STATUS_SIZE = 64 * 1024 /* the list of groups may be long */ };

/* The first byte of an answer. */
enum { ACKNOWLEDGED = 'a', DONE = 'd', FAILED = 'f' };

static socklen_t request_address(pid_t pid, struct sockaddr_un *ret)
{
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    int length = snprintf(ret->sun_path + 1, sizeof(ret->sun_path) - 1, "certfs-reload.%d", (int)pid);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
}

/* ---- the supervisor ---- */

static void request_send(pid_t to, char kind, const char *text)
{
    struct sockaddr_un address;
    char answer[LINE_SIZE];
    socklen_t size = request_address(to, &address);
    int length = snprintf(answer, sizeof(answer), "%c%s", kind, text);
    CLEANUP(close_fd) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    size_t sent = (size_t)length < sizeof(answer) ? (size_t)length : sizeof(answer) - 1;
    if (fd >= 0 && to > 0)
        (void)sendto(fd, answer, sent, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&address, size);
}

void request_acknowledge(pid_t from)
{
    request_send(from, ACKNOWLEDGED, "");
}

void request_report(pid_t from, const char *failure)
{
    request_send(from, failure == NULL ? DONE : FAILED, failure == NULL ? "" : failure);
}

/* ---- the program that asks ---- */

/* A supervisor that knows how to reload reads the signal from a descriptor, and blocks it. Another would be killed. */
static int request_check_process(pid_t pid, struct fault *f)
{
    static const char name[] = "Name:\tcertfs\n";
    char status[STATUS_SIZE];
    process_read_status(pid, status, sizeof(status));
    const char *blocked = process_status_value(status, "\nSigBlk:\t");
    if (strncmp(status, name, strlen(name)) != 0 || *blocked == '\0')
        return fault_set(f, REASON_SYSTEM, "", "there is no certfs with the process id %d", (int)pid);
    if ((strtoull(blocked, NULL, 16) >> (SIGUSR2 - 1) & 1) == 0)
        return fault_set(f, REASON_SYSTEM, "",
                         "process %d is no supervisor, or too old to reload: restart certfs this time", (int)pid);
    return 0;
}

static int request_listen(struct fault *f)
{
    struct sockaddr_un address;
    socklen_t size = request_address(getpid(), &address);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &(int){1}, sizeof(int)) == 0 &&
        bind(fd, (const struct sockaddr *)&address, size) == 0)
        return fd;
    fault_set_errno(f, REASON_SYSTEM, errno, "cannot wait for the answer");
    close_fd(&fd);
    return -1;
}

/* The next answer of the supervisor itself, a C string; false if there is none. */
static bool request_receive(int fd, pid_t from, char ret[static LINE_SIZE])
{
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(struct ucred))];
    } control = {.bytes = {0}};
    struct iovec part = {ret, LINE_SIZE - 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    struct ucred sender = {0};
    ssize_t got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    const struct cmsghdr *head = got > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    if (head == NULL || head->cmsg_type != SCM_CREDENTIALS)
        return false;
    memcpy(&sender, CMSG_DATA(head), sizeof(sender));
    ret[got] = '\0';
    return sender.pid == from;
}

static int request_wait(int fd, pid_t pid, struct fault *f)
{
    int64_t end = clock_ms(CLOCK_MONOTONIC) + REQUEST_LIMIT_MS, now;
    bool acknowledged = false;
    while ((now = clock_ms(CLOCK_MONOTONIC)) < end) {
        char answer[LINE_SIZE], shown[SHOWN_SIZE];
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        if (!acknowledged && kill(pid, SIGUSR2) != 0)
            return fault_set_errno(f, REASON_SYSTEM, errno, "cannot ask process %d", (int)pid);
        if (poll(&wait, 1, acknowledged ? (int)(end - now) : REQUEST_AGAIN_MS) <= 0 ||
            !request_receive(fd, pid, answer))
            continue;
        acknowledged = true;
        if (answer[0] == DONE)
            return 0;
        text_fit(answer + 1, shown, sizeof(shown));
        if (answer[0] == FAILED)
            return fault_set(f, REASON_SYSTEM, "", "not reloaded: %s", shown);
    }
    return fault_set(f, REASON_SYSTEM, "", "certfs did not answer within %d s: see its log", REQUEST_LIMIT_MS / 1000);
}

int request_reload(const char *pid, struct fault *f)
{
    char *end;
    long number = strtol(pid, &end, 10);
    if (*pid == '\0' || *end != '\0' || number <= 1 || number > INT32_MAX)
        return fault_set(f, REASON_USAGE, "", "--reload needs the process id of the supervisor");
    if (request_check_process((pid_t)number, f) != 0)
        return -1;
    CLEANUP(close_fd) int fd = request_listen(f);
    return fd < 0 ? -1 : request_wait(fd, (pid_t)number, f);
}

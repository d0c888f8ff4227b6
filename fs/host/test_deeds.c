#include "fs/host/test_deeds.h"

#ifdef CERTFS_TEST_HOOKS

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fs/host/test_lines.h"

enum { DESCRIPTORS = 256, PIECE = 1 << 20, PAGE = 4096 };

static unsigned char zeros[PIECE];

/* Tries each descriptor that the process has, since a path may begin there. */
static long test_deeds_open_anywhere(const char *path, int line)
{
    int failure = EBADF;
    (void)line;
    for (int fd = 0; fd < DESCRIPTORS; fd++) {
        long opened = openat(fd, path, O_RDONLY | O_CLOEXEC);
        if (opened >= 0)
            return opened;
        if (errno == EACCES || errno == EPERM)
            failure = errno;
    }
    errno = failure;
    return -1;
}

static long test_deeds_fork(const char *argument, int line)
{
    (void)argument, (void)line;
    long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0)
        _exit(0);
    return child;
}

static long test_deeds_clone3(const char *argument, int line)
{
    (void)argument, (void)line;
    uint64_t arguments[11] = {0};
    arguments[4] = SIGCHLD;
    long child = syscall(SYS_clone3, arguments, sizeof(arguments));
    if (child == 0)
        _exit(0);
    return child;
}

/* Waits, in a call that is allowed, for words that are never sent. */
__attribute__((noreturn)) static long test_deeds_sleep(const char *argument, int line)
{
    unsigned char byte;
    (void)argument;
    for (;;)
        (void)recv(line, &byte, 1, 0);
}

__attribute__((noreturn)) static long test_deeds_loop(const char *argument, int line)
{
    (void)argument, (void)line;
    for (volatile uint64_t count = 0;; count++)
        continue;
}

/* Takes memory in pieces of this size until there is none, uses it, and never releases it. */
static void test_deeds_take(size_t size)
{
    for (unsigned char *piece = malloc(size); piece != NULL; piece = malloc(size))
        for (size_t at = 0; at < size; at += PAGE)
            *(volatile unsigned char *)(piece + at) = 1;
}

static long test_deeds_allocate(const char *argument, int line)
{
    (void)argument, (void)line;
    test_deeds_take(PIECE);
    return -1;
}

/* Leaves no memory to the code that follows. */
static long test_deeds_hoard(const char *argument, int line)
{
    (void)argument, (void)line;
    for (size_t size = PIECE; size >= sizeof(size); size /= 2)
        test_deeds_take(size);
    return TEST_DEEDS_GO_ON;
}

static long test_deeds_recurse(const char *argument, int line)
{
    long (*volatile again)(const char *, int) = test_deeds_recurse; /* the compiler does not see that it never ends */
    volatile unsigned char piece[PAGE];
    piece[0] = 1;
    return again(argument, line) + piece[0];
}

static long test_deeds_send(int line, const void *bytes, size_t size)
{
    struct iovec part = {(void *)(uintptr_t)bytes, size};
    const struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    return sendmsg(line, &message, MSG_NOSIGNAL);
}

/* Sends without reading, until the other end closes. */
static long test_deeds_flood(const char *argument, int line)
{
    while (test_deeds_send(line, zeros, sizeof(zeros)) > 0)
        continue;
    return test_deeds_sleep(argument, line);
}

/* Sends the head of a message, and so many bytes of its body: "KIND/LENGTH/SENT". */
static long test_deeds_message(const char *argument, int line)
{
    char *rest;
    uint32_t head[] = {(uint32_t)strtoul(argument, &rest, 10), (uint32_t)strtoul(rest + 1, &rest, 10)};
    size_t sent = strtoul(rest + 1, NULL, 10);
    if (test_deeds_send(line, head, sizeof(head)) < 0 || (sent > 0 && test_deeds_send(line, zeros, sent) < 0))
        return -1;
    return test_deeds_sleep(argument, line);
}

/* Sends less than the head of a message, and waits. */
static long test_deeds_stutter(const char *argument, int line)
{
    if (test_deeds_send(line, zeros, 3) < 0)
        return -1;
    return test_deeds_sleep(argument, line);
}

static long test_deeds_close(const char *argument, int line)
{
    close(line);
    return test_deeds_loop(argument, line);
}

__attribute__((noreturn)) static long test_deeds_leave(const char *argument, int line)
{
    (void)line;
    _exit((int)strtol(argument, NULL, 10));
}

/* Writes to memory that cannot be written: the text of the program. */
static long test_deeds_crash(const char *argument, int line)
{
    (void)argument, (void)line;
    *(volatile char *)(uintptr_t)test_deeds_crash = 0;
    return 0;
}

__attribute__((noreturn)) static long test_deeds_abort(const char *argument, int line)
{
    (void)argument, (void)line;
    abort();
}

/* Stops the whole process; only another one can wake it. */
static long test_deeds_stop(const char *argument, int line)
{
    (void)argument, (void)line;
    return syscall(SYS_tgkill, getpid(), gettid(), SIGSTOP);
}

#ifdef __x86_64__
/* Uses the convention of 32 bits, which gives other numbers to the calls: 20 is getpid there, and writev here. */
static long test_deeds_call_32(const char *argument, int line)
{
    long result = 20;
    (void)argument, (void)line;
    __asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
    errno = result < 0 ? (int)-result : 0;
    return result < 0 ? -1 : result;
}

static long test_deeds_call_x32(const char *argument, int line)
{
    (void)argument, (void)line;
    return syscall(0x40000000 | SYS_openat, AT_FDCWD, argument, O_RDONLY);
}
#endif

/* Hides from the signal of the soft limit. */
static long test_deeds_loop_deaf(const char *argument, int line)
{
    sigset_t all;
    sigfillset(&all);
    if (sigprocmask(SIG_BLOCK, &all, NULL) != 0)
        return -1;
    return test_deeds_loop(argument, line);
}

static const struct deed {
    const char *name;
    long (*run)(const char *argument, int line);
} deeds[] = {
    {"open_anywhere", test_deeds_open_anywhere},
    {"fork", test_deeds_fork},
    {"clone3", test_deeds_clone3},
    {"sleep", test_deeds_sleep},
    {"loop", test_deeds_loop},
    {"loop_deaf", test_deeds_loop_deaf},
    {"allocate", test_deeds_allocate},
    {"hoard", test_deeds_hoard},
    {"recurse", test_deeds_recurse},
    {"flood", test_deeds_flood},
    {"message", test_deeds_message},
    {"stutter", test_deeds_stutter},
    {"close", test_deeds_close},
    {"leave", test_deeds_leave},
    {"crash", test_deeds_crash},
    {"abort", test_deeds_abort},
    {"stop", test_deeds_stop},
    {"send_text", test_lines_send_text},
    {"ask", test_lines_ask},
    {"ask_on", test_lines_ask_on},
    {"babble", test_lines_babble},
    {"pass", test_lines_pass},
#ifdef __x86_64__
    {"call_32", test_deeds_call_32},
    {"call_x32", test_deeds_call_x32},
#endif
};

long test_deeds_do(const char *name, const char *argument, int line)
{
    for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++)
        if (strcmp(deeds[i].name, name) == 0)
            return deeds[i].run(argument, line);
    errno = EINVAL;
    return -1;
}

#else

long test_deeds_do(const char *name, const char *argument, int line)
{
    (void)name, (void)argument, (void)line;
    return -1;
}

#endif

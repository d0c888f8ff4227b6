#include "fs/judge/zygote.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/fault.h"
#include "core/draft/rehearsal.h"
#include "core/json/json.h"
#include "fs/host/account.h"
#include "fs/host/log.h"
#include "fs/judge/confine.h"
#include "fs/judge/judge.h"
#include "fs/judge/orders.h"

enum { EXIT_MISUSE = 2, WORDS = 3 };

/* The judge that runs; `end` is its pidfd, -1 if there is none. */
struct zygote {
    pid_t self, judge;
    int end;
};

bool zygote_is_called(int argc, char **argv)
{
    return argc > 0 && strcmp(argv[0], ZYGOTE_NAME) == 0;
}

static bool zygote_has_line(void)
{
    int type = 0, domain = 0;
    socklen_t size = sizeof(type);
    return getsockopt(ZYGOTE_LINE, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET &&
           getsockopt(ZYGOTE_LINE, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX;
}

/* Loads and computes what judging needs, then confines. */
static int zygote_prepare(char **argv, struct report *ret, struct fault *f)
{
    const struct account user = {.user = (uid_t)strtoul(argv[1], NULL, 10), .group = (gid_t)strtoul(argv[2], NULL, 10)};
    (void)prctl(PR_SET_NAME, ZYGOTE_NAME);
    json_init();
    if (rehearsal_run(time(NULL), f) != 0)
        return -1;
    return confine_zygote(&user, ZYGOTE_LINE, ret->text, f);
}

/* In the child, nothing of the zygote is open but the stream. */
static void zygote_fork(struct zygote *zygote, int stream)
{
    zygote->judge = fork();
    if (zygote->judge == 0) {
        close(ZYGOTE_LINE);
        judge_run(zygote->self, stream);
    }
    close(stream);
    if (zygote->judge > 0)
        zygote->end = pidfd_open(zygote->judge, 0);
}

static void zygote_report_end(struct zygote *zygote)
{
    struct report report = {.kind = REPORT_ENDED};
    struct rusage used = {0};
    if (wait4(zygote->judge, &report.status, 0, &used) != zygote->judge)
        return;
    report.cpu_ms = (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * INT64_C(1000) +
                    (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1000;
    close_fd(&zygote->end);
    zygote->end = -1;
    (void)report_send(ZYGOTE_LINE, &report);
}

/* Returns false if the worker is gone, or orders what cannot be. */
static bool zygote_obey(struct zygote *zygote)
{
    int stream;
    switch (orders_receive(ZYGOTE_LINE, &stream)) {
    case ORDER_JUDGE:
        if (zygote->end < 0)
            zygote_fork(zygote, stream);
        return zygote->end >= 0;
    case ORDER_KILL:
        if (zygote->end >= 0)
            (void)pidfd_send_signal(zygote->end, SIGKILL, NULL, 0);
        return true;
    case ORDER_END:
        break;
    }
    return false;
}

static void zygote_serve(struct zygote *zygote)
{
    bool going = true;
    while (going) {
        struct pollfd waits[] = {{.fd = zygote->end, .events = POLLIN}, {.fd = ZYGOTE_LINE, .events = POLLIN}};
        if (poll(waits, 2, -1) < 0)
            continue;
        if (waits[0].revents != 0)
            zygote_report_end(zygote);
        if (waits[1].revents != 0)
            going = zygote_obey(zygote);
    }
    if (zygote->end < 0)
        return;
    (void)pidfd_send_signal(zygote->end, SIGKILL, NULL, 0);
    (void)waitpid(zygote->judge, NULL, 0);
}

int zygote_run(int argc, char **argv)
{
    struct zygote zygote = {.self = getpid(), .judge = -1, .end = -1};
    struct report hello = {.kind = REPORT_READY};
    struct fault f = {.reason = REASON_NONE};
    if (argc != WORDS || !zygote_has_line()) {
        log_stderr("this name is for certfs itself, which starts one process under it");
        return EXIT_MISUSE;
    }
    if (zygote_prepare(argv, &hello, &f) != 0) {
        hello.kind = REPORT_FAILED;
        snprintf(hello.text, sizeof(hello.text), "%s", f.message);
    }
    if (report_send(ZYGOTE_LINE, &hello) != 0 || hello.kind != REPORT_READY)
        return EXIT_FAILURE;
    zygote_serve(&zygote);
    return EXIT_SUCCESS;
}

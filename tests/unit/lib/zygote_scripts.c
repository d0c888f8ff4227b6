#include "tests/unit/lib/zygote_scripts.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/json/frame.h"
#include "core/request/request.h"
#include "core/request/request_wire.h"
#include "fs/judge/exchange.h"
#include "fs/judge/judge.h"
#include "fs/judge/orders.h"

enum { LARGE = 1024 * 1024 };

static int take_order(int line)
{
    int stream;
    if (orders_receive(line, &stream) != ORDER_JUDGE)
        _exit(1);
    return stream;
}

static void receive_document(const struct exchange *judge, struct buf *ret)
{
    enum exchange_kind kind;
    if (exchange_receive(judge, FRAME_DOCUMENT_MAX, &kind, ret) != 0 || kind != EXCHANGE_DOCUMENT)
        _exit(1);
}

static void take_document(const struct exchange *judge)
{
    CLEANUP(buf_done) struct buf document = {.len = 0};
    receive_document(judge, &document);
}

static void report_end(int line, int status, int64_t cpu_ms)
{
    (void)report_send(line, &(struct report){.kind = REPORT_ENDED, .status = status, .cpu_ms = cpu_ms});
}

static void wait_for_kill(int line)
{
    int none;
    if (orders_receive(line, &none) != ORDER_KILL)
        _exit(1);
}

static void stay(int line)
{
    int none;
    while (orders_receive(line, &none) != ORDER_END)
        continue;
}

/* As the zygote does it, with a judge of ours. */
void zygote_be_good(int line)
{
    int status;
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    (void)report_send(line, &(struct report){.kind = REPORT_READY});
    for (int stream; orders_receive(line, &stream) == ORDER_JUDGE; report_end(line, status, 0)) {
        pid_t self = getpid(), judge = fork();
        if (judge == 0) {
            close(line);
            judge_run(self, stream);
        }
        close(stream);
        if (waitpid(judge, &status, 0) != judge)
            _exit(1);
    }
}

void zygote_die_of_a_signal(int line)
{
    const struct exchange judge = {.fd = take_order(line)};
    take_document(&judge);
    close(judge.fd);
    report_end(line, SIGSYS, 1);
    stay(line);
}

void zygote_die_of_time(int line)
{
    const struct exchange judge = {.fd = take_order(line)};
    take_document(&judge);
    close(judge.fd);
    report_end(line, SIGXCPU, 2000);
    stay(line);
}

void zygote_sleep_until_killed(int line)
{
    int stream = take_order(line);
    wait_for_kill(line);
    close(stream);
    report_end(line, SIGKILL, 1);
    stay(line);
}

void zygote_never_answer(int line)
{
    (void)line;
    for (;;)
        pause();
}

void zygote_vanish(int line)
{
    (void)take_order(line);
}

static void answer_with(int line, enum exchange_kind kind, struct span body)
{
    const struct exchange judge = {.fd = take_order(line)};
    take_document(&judge);
    (void)!exchange_send(&judge, kind, body);
    wait_for_kill(line);
    close(judge.fd);
    report_end(line, SIGKILL, 1);
    stay(line);
}

void zygote_answer_nonsense(int line)
{
    answer_with(line, EXCHANGE_REQUEST, span_of("nonsense"));
}

void zygote_answer_another_kind(int line)
{
    answer_with(line, EXCHANGE_RESULT, span_of(""));
}

void zygote_answer_too_much(int line)
{
    const struct exchange judge = {.fd = take_order(line)};
    const uint32_t head[] = {EXCHANGE_REQUEST, REQUEST_WIRE_MAX + 1};
    take_document(&judge);
    (void)!write(judge.fd, head, sizeof(head));
    wait_for_kill(line);
    report_end(line, SIGKILL, 1);
    stay(line);
}

/* Writes for ever and reads nothing. */
void zygote_flood(int line)
{
    static char bytes[LARGE];
    int stream = take_order(line);
    pid_t judge = fork();
    if (judge == 0)
        for (;;)
            if (send(stream, bytes, sizeof(bytes), MSG_NOSIGNAL) < 0)
                _exit(0);
    close(stream);
    wait_for_kill(line);
    kill(judge, SIGKILL);
    waitpid(judge, NULL, 0);
    report_end(line, SIGKILL, 1);
    stay(line);
}

void zygote_run_out_of_memory(int line)
{
    CLEANUP(buf_done) struct buf body = {.len = 0};
    struct fault none = {.reason = REASON_NONE}, f = {.reason = REASON_NONE};
    (void)fault_no_memory(&none);
    const struct exchange judge = {.fd = take_order(line)};
    take_document(&judge);
    if (request_wire_write_refusal(ACTION_NONE, &none, &body, &f) != 0 ||
        exchange_send(&judge, EXCHANGE_REFUSAL, buf_span(&body)) != 0)
        _exit(1);
    close(judge.fd);
    report_end(line, 0, 1);
    stay(line);
}

void zygote_fail_at_the_end(int line)
{
    const struct exchange judge = {.fd = take_order(line)};
    struct request parsed = {.action = ACTION_NONE};
    CLEANUP(buf_done) struct buf body = {.len = 0};
    struct frame frame = {.complete = true};
    struct fault f = {.reason = REASON_NONE};
    receive_document(&judge, &frame.text);
    if (request_parse(&frame, &parsed, &f) != 0 || request_wire_write(&parsed, &body, &f) != 0 ||
        exchange_send(&judge, EXCHANGE_REQUEST, buf_span(&body)) != 0)
        _exit(1);
    close(judge.fd);
    report_end(line, SIGSEGV, 1);
    stay(line);
}

void zygote_be_unready(int line)
{
    (void)report_send(line, &(struct report){.kind = REPORT_FAILED, .text = "no /proc is here"});
}

void zygote_lack_a_layer(int line)
{
    (void)report_send(line, &(struct report){.kind = REPORT_READY, .text = "namespaces"});
}

void zygote_end_early(int line)
{
    (void)line;
}

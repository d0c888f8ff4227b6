#include "fs/judge/judge_client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/wire.h"
#include "core/draft/build.h"
#include "core/draft/build_wire.h"
#include "core/json/frame.h"
#include "core/request/request.h"
#include "core/request/request_wire.h"
#include "fs/host/channel.h"
#include "fs/host/clock.h"
#include "fs/host/test_hooks.h"
#include "fs/judge/confine.h"
#include "fs/judge/ending.h"
#include "fs/judge/orders.h"

static int64_t client_in(int64_t ms)
{
    return clock_ms(CLOCK_MONOTONIC) + ms;
}

/* ---- the zygote ---- */

static void client_close_stream(struct judge_client *client)
{
    close_fd(&client->judge.fd);
    client->judge.fd = -1;
}

/* Its end of the line closes, so it kills its judge and ends, if it can. */
static void client_give_up(struct judge_client *client)
{
    client_close_stream(client);
    close_fd(&client->zygote);
    client->zygote = -1;
    client->running = false;
}

/* The supervisor kills the old one, which ends its judge, before it starts another. */
static int client_renew(struct judge_client *client, struct fault *f)
{
    client_give_up(client);
    errno = ENOSYS;
    client->zygote = client->ask == NULL ? -1 : ask_supervisor(client->ask, ASK_ZYGOTE, "", NULL);
    if (client->zygote >= 0)
        return 0;
    client->zygote = -1;
    return fault_set(f, REASON_JUDGE_FAILED, "", "there is no process to judge it, and none could be started: %s",
                     strerror(errno));
}

void judge_client_open(struct judge_client *client, int zygote, int log, struct ask *ask, int64_t limit_ms)
{
    *client = (struct judge_client){.zygote = zygote, .judge.fd = -1, .limit_ms = limit_ms, .log = log, .ask = ask};
}

void judge_client_close(struct judge_client *client)
{
    client_give_up(client);
}

int judge_client_greet(struct judge_client *client, int64_t limit_ms, char ret_missing[static FAULT_MESSAGE_SIZE],
                       struct fault *f)
{
    struct report report;
    bool came = report_receive(client->zygote, client_in(limit_ms), &report);
    snprintf(ret_missing, FAULT_MESSAGE_SIZE, "%s", report.text);
    if (came && report.kind == REPORT_READY)
        return 0;
    if (came && report.kind == REPORT_FAILED)
        return fault_set(f, REASON_SYSTEM, "", "%s", report.text);
    return fault_set(f, REASON_SYSTEM, "", "the process that judges documents %s",
                     came ? "ended before it was ready" : "is not ready in time");
}

/* ---- the end of a judge ---- */

/* Waits for the report of the judge's end; one of another kind names the reason why there is none. */
static void client_wait(struct judge_client *client, int64_t deadline, struct report *ret)
{
    while (client->running && report_receive(client->zygote, deadline, ret)) {
        client->running = ret->kind == REPORT_READY;
        if (ret->kind == REPORT_END)
            snprintf(ret->text, sizeof(ret->text), "ended");
    }
    if (client->running)
        *ret = (struct report){.kind = REPORT_END, .text = "did not answer"};
}

/* Kills the judge if it has not ended within `patience` milliseconds. */
static void client_end(struct judge_client *client, int64_t patience, struct report *ret)
{
    *ret = (struct report){.kind = REPORT_END, .text = "ended"};
    client_close_stream(client);
    if (patience > 0)
        client_wait(client, client_in(patience), ret);
    if (client->running && orders_send(client->zygote, ORDER_KILL, -1) == 0)
        client_wait(client, client_in(JUDGE_CLIENT_END_MS), ret);
}

/* At once, so that no judge is left when its document is answered; the next document tries again where that fails. */
static void client_replace(struct judge_client *client)
{
    struct fault unheard = {.reason = REASON_NONE};
    (void)client_renew(client, &unheard);
}

static void client_log(const struct judge_client *client, const char *line)
{
    if (line[0] != '\0')
        (void)channel_send(client->log, CHANNEL_LOG, LOG_ERR, line);
}

/* Sets the fault of a judge that has not answered as a judge does; the next one comes from a new zygote. Returns -1. */
static int client_fail(struct judge_client *client, enum ending_how how, struct fault *f)
{
    struct report report;
    char line[ENDING_LINE_SIZE];
    client_end(client, how == ENDING_CLOSED ? JUDGE_CLIENT_END_MS : 0, &report);
    int result = ending_explain(how, &report, client->limit_ms, line, f);
    client_log(client, line);
    client_replace(client);
    return result;
}

static int client_fail_call(struct judge_client *client, struct fault *f)
{
    return client_fail(client,
                       errno == ETIMEDOUT  ? ENDING_LATE
                       : errno == EMSGSIZE ? ENDING_NONSENSE
                                           : ENDING_CLOSED,
                       f);
}

/* ---- judging ---- */

/*
 * A judge that other processes keep from the processor would be refused for the time that it takes: a process that
 * computes without pause could stop all imports.
 */
static void client_await(struct judge_client *client)
{
    if (client->hurry == 0 || client->hurry >= client->judge.deadline ||
        clock_wait(client->judge.fd, POLLIN, client->hurry))
        return;
    client->hurry = 0;
    if (client->ask != NULL)
        (void)ask_supervisor(client->ask, ASK_HURRY, "", NULL); /* an ordinary user cannot raise it */
}

static int client_ask_judge(struct judge_client *client, enum exchange_kind kind, struct span question, size_t max,
                            enum exchange_kind *ret_kind, struct buf *ret)
{
    if (exchange_send(&client->judge, kind, question) != 0)
        return -1;
    client_await(client);
    return exchange_receive(&client->judge, max, ret_kind, ret);
}

/* Returns -1 if the zygote is gone. */
static int client_order(struct judge_client *client)
{
    int ends[2];
    if (client->zygote < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return -1;
    int result = orders_send(client->zygote, ORDER_JUDGE, ends[1]);
    close(ends[1]);
    client->judge = (struct exchange){.fd = ends[0], .deadline = client_in(client->limit_ms)};
    client->hurry = client_in(test_hooks_time("CERTFS_TEST_HURRY_MS", JUDGE_CLIENT_HURRY_MS));
    client->running = result == 0;
    if (result != 0)
        client_close_stream(client);
    return result;
}

/* A zygote that ended since the last document, for whatever reason, is replaced at once. */
static int client_begin(struct judge_client *client, struct fault *f)
{
    if (client_order(client) == 0)
        return 0;
    if (client_renew(client, f) != 0)
        return -1;
    return client_order(client) == 0 ? 0 : client_fail(client, ENDING_CLOSED, f);
}

/* RLIMIT_AS is the limit that a judge meets. */
static void client_translate(struct fault *f)
{
    if (f->reason != REASON_NO_MEMORY)
        return;
    fault_clear(f);
    (void)fault_set(f, REASON_TOO_COSTLY, "",
                    "judging it takes more than %d MiB of memory: send fewer or smaller keys and certificates",
                    CONFINE_MEMORY / 1024 / 1024);
}

/* Returns -1: `f` is a refusal that the judge sent, or names a defect of its answer. */
static int client_refused(struct judge_client *client, struct fault *f)
{
    if (f->reason == REASON_JUDGE_FAILED)
        return client_fail(client, ENDING_NONSENSE, f);
    client_translate(f);
    return -1;
}

static int client_parse(void *context, struct frame *frame, struct request *ret, struct fault *f)
{
    struct judge_client *client = context;
    CLEANUP(buf_done) struct buf answer = {.len = 0};
    enum exchange_kind kind;
    if (client_begin(client, f) != 0)
        return -1;
    if (client_ask_judge(client, EXCHANGE_DOCUMENT, buf_span(&frame->text), REQUEST_WIRE_MAX, &kind, &answer) != 0)
        return client_fail_call(client, f);
    if (kind == EXCHANGE_REQUEST && request_wire_read(buf_span(&answer), ret, f) == 0)
        return 0;
    if (kind == EXCHANGE_REFUSAL)
        (void)request_wire_read_refusal(buf_span(&answer), &ret->action, f);
    return kind == EXCHANGE_REQUEST || kind == EXCHANGE_REFUSAL ? client_refused(client, f)
                                                                : client_fail(client, ENDING_NONSENSE, f);
}

static int client_judge(void *context, const struct request *request, const struct build_served *served, int64_t now,
                        struct build_result *ret, struct fault *f)
{
    struct judge_client *client = context;
    CLEANUP(buf_done) struct buf question = {.len = 0}, answer = {.len = 0};
    enum exchange_kind kind;
    (void)request;
    if (build_wire_write_served(served, now, &question, f) != 0)
        return -1;
    if (client_ask_judge(client, EXCHANGE_SERVED, buf_span(&question), BUILD_WIRE_RESULT_MAX, &kind, &answer) != 0)
        return client_fail_call(client, f);
    if (kind == EXCHANGE_RESULT && build_wire_read_result(buf_span(&answer), served, ret, f) == 0)
        return 0;
    if (kind == EXCHANGE_FAULT)
        (void)wire_read_fault(buf_span(&answer), f);
    return kind == EXCHANGE_RESULT || kind == EXCHANGE_FAULT ? client_refused(client, f)
                                                             : client_fail(client, ENDING_NONSENSE, f);
}

/* The verdict stands, however the process ends. */
static void client_end_judging(void *context)
{
    struct judge_client *client = context;
    struct report report;
    if (!client->running)
        return;
    client_end(client, JUDGE_CLIENT_END_MS, &report);
    if (report.kind == REPORT_ENDED && report.status == 0)
        return;
    client_log(client, "a process that had judged a document did not end as it should: the next one gets a new parent");
    client_replace(client);
}

struct judging judge_client_judging(struct judge_client *client)
{
    return (struct judging){.parse = client_parse, .judge = client_judge, .end = client_end_judging, .context = client};
}

/*
 * Each test's zygote is a child that follows a script: most of them answer as no judge of ours does, or not at all.
 */
#include "fs/judge/judge_client.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/draft/build.h"
#include "core/draft/rehearsal.h"
#include "core/json/frame.h"
#include "core/request/request.h"
#include "fs/host/channel.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/pki.h"
#include "tests/unit/lib/zygote_scripts.h"

enum { LONG_MS = 60000, SOON_MS = 50, LARGE = 1024 * 1024 };

static struct pki pki;
static struct judge_client client;
static pid_t zygote;
static int log_end, log_other;
static struct frame frame;
static struct request request;
static struct build_result result;
static struct fault fault;

static const struct build_served nothing = {.exists = false};

static void make_set(void)
{
    start_core();
    pki_make(&pki, pki_key(1));
    assert_int_equal(rehearsal_run(PKI_NOW, &fault), 0);
}

static void release_set(void)
{
    pki_done(&pki);
}

static void begin(void)
{
    assert_int_equal(channel_open(&log_other, &log_end, &fault), 0);
    frame = (struct frame){.complete = true};
    pki_write_document(&frame.text, buf_span(&pki.ca), buf_span(&pki.cert), buf_span(&pki.key));
    zygote = 0;
}

static void end(void)
{
    judge_client_close(&client);
    if (zygote > 0) {
        kill(zygote, SIGKILL);
        waitpid(zygote, NULL, 0);
    }
    frame_done(&frame);
    request_done(&request);
    build_result_done(&result);
    fault_clear(&fault);
    close(log_end);
    close(log_other);
}

/* Starts a zygote that does this, and a client of it. */
static void start(void (*script)(int line), int64_t limit_ms)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    zygote = fork();
    assert_true(zygote >= 0);
    if (zygote == 0) {
        close(ends[0]);
        script(ends[1]);
        _exit(0);
    }
    close(ends[1]);
    judge_client_open(&client, ends[0], log_end, NULL, limit_ms);
}

static int parse(void)
{
    const struct judging judging = judge_client_judging(&client);
    return judging.parse(judging.context, &frame, &request, &fault);
}

static int judge(void)
{
    const struct judging judging = judge_client_judging(&client);
    return judging.judge(judging.context, &request, &nothing, PKI_NOW, &result, &fault);
}

static void end_judging(void)
{
    const struct judging judging = judge_client_judging(&client);
    judging.end(judging.context);
}

static void expect_line(const char *part)
{
    struct channel_message message;
    channel_receive(log_other, &message);
    assert_int_equal(message.kind, CHANNEL_LOG);
    assert_non_null(strstr(message.text, part));
}

static void expect_no_line(void)
{
    char byte;
    assert_int_equal(recv(log_other, &byte, 1, MSG_DONTWAIT), -1);
}

/* The document is refused by what becomes of its judge, and the zygote is given up. */
static void expect_refusal(int refused, const char *reason, const char *part)
{
    assert_int_equal(refused, -1);
    law_check(-1, &fault, buf_span(&pki.key));
    assert_string_equal(reason_name(fault.reason), reason);
    assert_non_null(strstr(fault.message, part));
    end_judging();
    assert_int_equal(client.zygote, -1);
    assert_false(client.running);
}

TEST(a_document_is_parsed_and_judged_by_another_process)
{
    start(zygote_be_good, LONG_MS);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(parse(), 0);
        assert_int_equal(request.action, ACTION_IMPORT_MATERIAL);
        assert_int_equal(request.set.ssl_key.len, 0);
        assert_int_equal(judge(), 0);
        assert_true(result.files[MATERIAL_KEY].len > 0);
        end_judging();
        assert_false(client.running);
        request_done(&request);
        request = (struct request){.action = ACTION_NONE};
        build_result_done(&result);
        result = (struct build_result){.bundle = false};
    }
    expect_no_line();
}

TEST(a_document_that_is_not_judged_is_only_parsed)
{
    start(zygote_be_good, LONG_MS);
    assert_int_equal(parse(), 0);
    end_judging();
    assert_false(client.running);
    assert_true(client.zygote >= 0);
    expect_no_line();
}

TEST(a_refusal_is_the_judges)
{
    start(zygote_be_good, LONG_MS);
    buf_done(&frame.text);
    add_text(&frame.text, "{\"Action\":1}");
    assert_int_equal(parse(), -1);
    law_expect(-1, &fault, REASON_WRONG_TYPE);
    end_judging();
    assert_true(client.zygote >= 0);
    expect_no_line();
}

TEST(a_set_that_is_refused_is_refused_by_the_judge)
{
    start(zygote_be_good, LONG_MS);
    buf_done(&frame.text);
    pki_write_document(&frame.text, buf_span(&pki.ca), buf_span(&pki.ca), buf_span(&pki.key));
    assert_int_equal(parse(), 0);
    assert_int_equal(judge(), -1);
    law_check(-1, &fault, buf_span(&pki.key));
    end_judging();
    assert_true(client.zygote >= 0);
}

TEST(a_judge_that_dies_refuses_the_document_and_costs_the_zygote)
{
    start(zygote_die_of_a_signal, LONG_MS);
    expect_refusal(parse(), "judge_failed", "died of signal 31 (forbidden system call)");
    expect_line("died of signal 31 (forbidden system call)");
}

TEST(a_judge_that_takes_too_much_processor_time_makes_the_document_too_costly)
{
    start(zygote_die_of_time, LONG_MS);
    expect_refusal(parse(), "too_costly", "more than 2 s of processor time");
    expect_no_line();
}

TEST(a_judge_that_takes_too_long_is_killed_and_the_document_too_costly)
{
    start(zygote_sleep_until_killed, SOON_MS);
    expect_refusal(parse(), "too_costly", "more than 0.05 s");
    expect_no_line();
}

TEST(a_judge_that_runs_out_of_memory_makes_the_document_too_costly)
{
    start(zygote_run_out_of_memory, LONG_MS);
    assert_int_equal(parse(), -1);
    assert_string_equal(reason_name(fault.reason), "too_costly");
    end_judging();
    assert_true(client.zygote >= 0);
}

TEST(a_zygote_that_does_not_answer_is_given_up)
{
    start(zygote_never_answer, SOON_MS);
    expect_refusal(parse(), "judge_failed", "did not answer and");
    expect_line("did not answer and");
}

TEST(a_zygote_that_is_gone_is_given_up)
{
    start(zygote_vanish, LONG_MS);
    expect_refusal(parse(), "judge_failed", "ended and");
    expect_line("ended and");
}

TEST(nonsense_of_a_judge_refuses_the_document)
{
    static void (*const scripts[])(int) = {zygote_answer_nonsense, zygote_answer_another_kind, zygote_answer_too_much};
    for (size_t i = 0; i < COUNT_OF(scripts); i++) {
        start(scripts[i], LONG_MS);
        expect_refusal(parse(), "judge_failed", "");
        expect_line("answered what no judge answers");
        fault_clear(&fault);
        waitpid(zygote, NULL, 0);
    }
    zygote = 0;
}

TEST(a_judge_that_floods_its_stream_is_killed)
{
    buf_done(&frame.text);
    assert_int_equal(buf_reserve(&frame.text, LARGE, &fault), 0);
    memset(frame.text.data, ' ', LARGE);
    frame.text.len = LARGE;
    start(zygote_flood, SOON_MS);
    expect_refusal(parse(), "too_costly", "more than 0.05 s");
}

TEST(a_verdict_stands_however_the_judge_ends_and_the_next_has_a_new_zygote)
{
    start(zygote_fail_at_the_end, LONG_MS);
    assert_int_equal(parse(), 0);
    end_judging();
    assert_int_equal(fault.reason, REASON_NONE);
    assert_int_equal(client.zygote, -1);
    expect_line("did not end as it should");
}

TEST(without_a_zygote_and_nobody_to_ask_for_one_the_document_is_refused)
{
    judge_client_open(&client, -1, log_end, NULL, LONG_MS);
    expect_refusal(parse(), "judge_failed", "there is no process to judge it");
}

TEST(the_reason_of_a_zygote_that_cannot_start_is_the_fault)
{
    char missing[FAULT_MESSAGE_SIZE];
    start(zygote_be_unready, LONG_MS);
    assert_int_equal(judge_client_greet(&client, LONG_MS, missing, &fault), -1);
    assert_string_equal(fault.message, "no /proc is here");
}

TEST(a_zygote_that_ends_before_it_is_ready_is_a_fault)
{
    char missing[FAULT_MESSAGE_SIZE];
    start(zygote_end_early, LONG_MS);
    assert_int_equal(judge_client_greet(&client, LONG_MS, missing, &fault), -1);
    assert_non_null(strstr(fault.message, "ended before it was ready"));
}

TEST(a_zygote_that_is_never_ready_is_waited_for_until_the_limit)
{
    char missing[FAULT_MESSAGE_SIZE];
    start(zygote_never_answer, LONG_MS);
    assert_int_equal(judge_client_greet(&client, SOON_MS, missing, &fault), -1);
    assert_non_null(strstr(fault.message, "is not ready in time"));
}

TEST(a_layer_that_is_missing_is_reported)
{
    char missing[FAULT_MESSAGE_SIZE];
    start(zygote_lack_a_layer, LONG_MS);
    assert_int_equal(judge_client_greet(&client, LONG_MS, missing, &fault), 0);
    assert_string_equal(missing, "namespaces");
}

ALL_TESTS(make_set, release_set);
EACH_TEST(begin, end);

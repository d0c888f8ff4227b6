#include "fs/upgrade/trial.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fs/upgrade/executable.h"
#include "fs/upgrade/resume.h"
#include "tests/unit/lib/fail_syscalls.h"
#include "tests/unit/lib/harness.h"

enum { PATIENCE_MS = 60 * 1000 };

static const char good[] = "certfs-resume 1\nlater x\nstate 1\n";

/* ---- the program that is tried: this one again, which acts as a variable asks */

static void act_flood(void)
{
    for (int i = 0; i < 3000; i++)
        dprintf(STDOUT_FILENO, "%0100d\n", i);
    dprintf(STDERR_FILENO, "the last line\n\n");
    _exit(3);
}

/* Reads as many bytes as the text has, and finds nothing else open. */
static void act_check(void)
{
    char text[64];
    ssize_t got = read(STDIN_FILENO, text, sizeof(text));
    bool closed = lseek(3, 0, SEEK_CUR) < 0 && getenv("NOTIFY_SOCKET") == NULL;
    dprintf(STDOUT_FILENO, "%s", got == 5 && closed ? good : "certfs-resume 1\n");
    _exit(0);
}

__attribute__((constructor)) static void act(int argc, char **argv)
{
    const char *as = getenv("TRIAL_ACTS");
    if (argc != 2 || as == NULL || strcmp(argv[1], TRIAL_WORD) != 0)
        return;
    if (strcmp(as, "hang") == 0)
        for (;;)
            pause();
    if (strcmp(as, "crash") == 0)
        (void)raise(SIGKILL);
    if (strcmp(as, "misuse") == 0)
        _exit(2);
    if (strcmp(as, "flood") == 0)
        act_flood();
    if (strcmp(as, "check") == 0)
        act_check();
    dprintf(STDOUT_FILENO, "%s", as);
    _exit(0);
}

/* ---- */

static struct trial trial;
static struct fault f;
static int program, text;

static void set_up(void)
{
    struct resume resume = {0};
    f = (struct fault){.reason = REASON_NONE};
    program = executable_open_self();
    assert_true(program >= 0);
    add_text(&resume.text, "abcde");
    assert_int_equal(resume_write(&resume, &text, &f), 0);
    resume_done(&resume);
    trial = (struct trial)TRIAL_INITIALIZER;
}

static void tear_down(void)
{
    calls_fail(0);
    trial_stop(&trial);
    close(program);
    close(text);
    unsetenv("TRIAL_ACTS");
    unsetenv("NOTIFY_SOCKET");
}

EACH_TEST(set_up, tear_down);

static enum trial_result run_as(const char *as, int64_t now)
{
    enum trial_result result;
    assert_int_equal(setenv("TRIAL_ACTS", as, 1), 0);
    assert_int_equal(trial_start(&trial, program, text, 0, &f), 0);
    while ((result = trial_step(&trial, now, &f)) == TRIAL_RUNS) {
        struct pollfd waits[TRIAL_FDS];
        trial_fds(&trial, waits);
        assert_true(poll(waits, TRIAL_FDS, PATIENCE_MS) > 0);
    }
    return result;
}

static void expect_failed(const char *as, int64_t now, const char *why)
{
    f = (struct fault){.reason = REASON_NONE};
    assert_int_equal(run_as(as, now), TRIAL_FAILED);
    law_expect(-1, &f, REASON_SYSTEM);
    if (strstr(f.message, why) == NULL)
        fail_msg("%s", f.message);
    assert_int_equal(trial.pid, 0);
}

TEST(a_program_that_takes_this_version_of_the_state_passes)
{
    assert_int_equal(run_as(good, 0), TRIAL_PASSED);
    assert_int_equal(f.reason, REASON_NONE);
    assert_int_equal(trial_step(&trial, 0, &f), TRIAL_NONE);
}

TEST(the_program_gets_the_text_and_nothing_else)
{
    assert_int_equal(setenv("NOTIFY_SOCKET", "/run/x", 1), 0);
    assert_int_equal(run_as("check", 0), TRIAL_PASSED);
    assert_int_equal(run_as("check", 0), TRIAL_PASSED);
}

TEST(a_program_of_another_version_of_the_state_is_refused)
{
    expect_failed("certfs-resume 1\nstate 2\n", 0, "it has version 2 of the state, and this one version 1");
}

TEST(an_answer_that_is_none_is_refused)
{
    expect_failed("", 0, "no answer");
    expect_failed("certfs-resume 2\nstate 1\n", 0, "no answer");
    expect_failed("certfs-resume 1\n", 0, "no answer");
    expect_failed("hello\n", 0, "no answer");
}

TEST(a_program_that_ends_otherwise_is_refused_with_its_last_line)
{
    expect_failed("flood", 0, "its self-test failed: the last line");
    expect_failed("misuse", 0, "too old");
    expect_failed("crash", 0, "signal 9");
}

TEST(a_program_that_hangs_is_killed_after_its_time)
{
    assert_int_equal(setenv("TRIAL_ACTS", "hang", 1), 0);
    assert_int_equal(trial_timeout(&trial, 0), -1);
    assert_int_equal(trial_start(&trial, program, text, 0, &f), 0);
    assert_int_equal(trial_timeout(&trial, 0), TRIAL_LIMIT_MS);
    assert_int_equal(trial_step(&trial, TRIAL_LIMIT_MS - 1, &f), TRIAL_RUNS);
    trial_stop(&trial);
    expect_failed("hang", TRIAL_LIMIT_MS, "did not end in time");
}

TEST(a_file_that_cannot_be_executed_is_refused)
{
    assert_int_equal(trial_start(&trial, text, text, 0, &f), 0);
    struct pollfd waits[TRIAL_FDS];
    while (trial_step(&trial, 0, &f) == TRIAL_RUNS) {
        trial_fds(&trial, waits);
        assert_true(poll(waits, TRIAL_FDS, PATIENCE_MS) > 0);
    }
    if (strstr(f.message, "cannot be executed") == NULL)
        fail_msg("%s", f.message);
}

TEST(calls_that_fail_are_faults)
{
    for (size_t nth = 1; nth <= 2; nth++) {
        f = (struct fault){.reason = REASON_NONE};
        calls_fail(nth);
        law_expect(trial_start(&trial, program, text, 0, &f), &f, REASON_SYSTEM);
        assert_int_equal(trial.pid, 0);
    }
}

#include "fs/upgrade/request.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/lib/harness.h"

static pid_t supervisor;
static struct fault f;

static void set_up(void)
{
    f = (struct fault){.reason = REASON_NONE};
    supervisor = 0;
}

static void tear_down(void)
{
    if (supervisor > 0) {
        kill(supervisor, SIGKILL);
        waitpid(supervisor, NULL, 0);
    }
}

EACH_TEST(set_up, tear_down);

/* Waits for signals, ignores the first `deaf` of them, and answers. */
__attribute__((noreturn)) static void act(const sigset_t *blocked, int deaf, const char *failure)
{
    int signals = signalfd(-1, blocked, SFD_CLOEXEC);
    struct signalfd_siginfo info;
    for (;;) {
        if (read(signals, &info, sizeof(info)) != sizeof(info) || deaf-- > 0)
            continue;
        request_acknowledge((pid_t)info.ssi_pid);
        request_report((pid_t)info.ssi_pid, failure);
    }
}

/* `name`: of the process; `blocks`: whether it blocks the signal. */
static void start(const char *name, bool blocks, int deaf, const char *failure)
{
    sigset_t blocked;
    int ends[2];
    char byte;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR2);
    assert_int_equal(pipe(ends), 0);
    supervisor = fork();
    if (supervisor == 0) {
        prctl(PR_SET_NAME, name);
        sigprocmask(blocks ? SIG_BLOCK : SIG_UNBLOCK, &blocked, NULL);
        (void)!write(ends[1], "", 1);
        act(&blocked, deaf, failure);
    }
    assert_int_equal(read(ends[0], &byte, 1), 1);
    close(ends[0]);
    close(ends[1]);
}

static int ask(void)
{
    char pid[16];
    snprintf(pid, sizeof(pid), "%d", (int)supervisor);
    return request_reload(pid, &f);
}

static void expect_refused(int result, enum reason reason, const char *part)
{
    law_expect(result, &f, reason);
    if (strstr(f.message, part) == NULL)
        fail_msg("%s", f.message);
}

TEST(a_reload_that_is_done_is_success)
{
    start("certfs", true, 0, NULL);
    assert_int_equal(ask(), 0);
    assert_int_equal(ask(), 0);
}

TEST(a_signal_that_was_lost_is_repeated)
{
    start("certfs", true, 1, NULL);
    assert_int_equal(ask(), 0);
}

TEST(a_reload_that_failed_is_reported_with_its_reason)
{
    char longer[400];
    start("certfs", true, 0, "the self-test failed");
    expect_refused(ask(), REASON_SYSTEM, "not reloaded: the self-test failed");
    tear_down();
    set_up();
    snprintf(longer, sizeof(longer), "%0399d", 0);
    start("certfs", true, 0, longer);
    expect_refused(ask(), REASON_SYSTEM, "0000...");
}

TEST(a_process_that_the_signal_would_kill_does_not_get_it)
{
    start("certfs", false, 0, NULL);
    expect_refused(ask(), REASON_SYSTEM, "restart certfs this time");
    assert_int_equal(waitpid(supervisor, NULL, WNOHANG), 0);
}

TEST(a_process_that_is_no_certfs_does_not_get_it)
{
    start("other", true, 0, NULL);
    expect_refused(ask(), REASON_SYSTEM, "there is no certfs");
}

TEST(a_word_that_is_no_process_id_is_misuse)
{
    static const char *const words[] = {"", "x", "-5", "0", "1", "12x", "99999999999"};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        set_up();
        expect_refused(request_reload(words[i], &f), REASON_USAGE, "--reload needs");
    }
}

#include "fs/judge/ending.h"

#include <signal.h>
#include <string.h>

#include "tests/unit/lib/harness.h"

/* As wait(2) gives them. */
enum { EXITED_2 = 2 << 8, LIMIT_MS = 10000 };

static char line[ENDING_LINE_SIZE];
static struct fault fault;

static void explain(enum ending_how how, struct report report)
{
    fault_clear(&fault);
    assert_int_equal(ending_explain(how, &report, LIMIT_MS, line, &fault), -1);
    law_check(-1, &fault, (struct span){0});
}

static struct report ended(int status, int64_t cpu_ms)
{
    return (struct report){.kind = REPORT_ENDED, .status = status, .cpu_ms = cpu_ms};
}

/* Its sender learns that the document costs too much; the log has nothing of it. */
static void expect_costly(const char *message)
{
    assert_string_equal(reason_name(fault.reason), "too_costly");
    assert_string_equal(fault.message, message);
    assert_string_equal(line, "");
}

static void expect_failed(const char *what)
{
    assert_string_equal(reason_name(fault.reason), "judge_failed");
    assert_non_null(strstr(fault.message, what));
    assert_non_null(strstr(line, what));
}

TEST(a_judge_that_used_up_its_processor_time_was_given_too_costly_a_document)
{
    explain(ENDING_CLOSED, ended(SIGXCPU, 2000));
    expect_costly("judging it takes more than 2 s of processor time: send fewer or smaller keys and certificates");
    explain(ENDING_CLOSED, ended(SIGKILL, 3000));
    expect_costly("judging it takes more than 2 s of processor time: send fewer or smaller keys and certificates");
    explain(ENDING_LATE, ended(SIGKILL, 2500));
    expect_costly("judging it takes more than 2 s of processor time: send fewer or smaller keys and certificates");
}

TEST(a_judge_that_was_killed_for_being_late_was_given_too_costly_a_document)
{
    explain(ENDING_LATE, ended(SIGKILL, 100));
    expect_costly("judging it takes more than 10 s: send fewer or smaller keys and certificates, or try again when "
                  "the host is less busy");
    explain(ENDING_LATE, ended(0, 100)); /* it answered at the last moment */
    expect_costly("judging it takes more than 10 s: send fewer or smaller keys and certificates, or try again when "
                  "the host is less busy");
}

TEST(a_judge_that_somebody_kills_has_failed)
{
    explain(ENDING_CLOSED, ended(SIGKILL, 100));
    expect_failed("died of signal 9 (Killed)");
}

TEST(a_judge_that_dies_of_a_signal_has_failed)
{
    explain(ENDING_CLOSED, ended(SIGSEGV, 100));
    expect_failed("died of signal 11 (Segmentation fault)");
    explain(ENDING_CLOSED, ended(SIGSYS, 100));
    expect_failed("died of signal 31 (forbidden system call)");
}

TEST(a_judge_that_ends_without_an_answer_has_failed)
{
    explain(ENDING_CLOSED, ended(0, 100));
    expect_failed("ended with status 0 before it answered");
    explain(ENDING_CLOSED, ended(EXITED_2, 100));
    expect_failed("ended with status 2 before it answered");
}

TEST(a_judge_that_answers_nonsense_has_failed_however_it_ends)
{
    explain(ENDING_NONSENSE, ended(SIGKILL, 100));
    expect_failed("answered what no judge answers");
    explain(ENDING_NONSENSE, ended(0, 100));
    expect_failed("answered what no judge answers");
}

TEST(a_zygote_that_reports_no_end_has_failed_and_not_the_document)
{
    explain(ENDING_LATE, (struct report){.kind = REPORT_END, .text = "did not answer"});
    expect_failed("the process that judges documents did not answer");
    assert_string_equal(fault.message,
                        "the process that judges documents did not answer and was replaced; send it again");
    explain(ENDING_CLOSED, (struct report){.kind = REPORT_END, .status = SIGXCPU, .text = "ended"});
    expect_failed("the process that judges documents ended");
}

TEST(a_fault_that_is_set_already_stays_and_is_in_the_line)
{
    struct report report = ended(0, 0);
    fault_clear(&fault);
    (void)fault_set(&fault, REASON_JUDGE_FAILED, "", "the answer of the judge: a flag is 7");
    assert_int_equal(ending_explain(ENDING_NONSENSE, &report, LIMIT_MS, line, &fault), -1);
    assert_string_equal(fault.message, "the answer of the judge: a flag is 7");
    assert_non_null(strstr(line, "a flag is 7"));
}

/* Runs that cannot be started are reported; without a pidfd there is one all the same. */
#include "fs/supervisor/on_change.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/fail_syscalls.h"
#include "tests/unit/lib/folder.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/on_change_fixture.h"

/* The calls before a run is started: three names are looked up on the way to /usr/bin/true. */
enum { CALLS_OF_WAY = 3 };

static void expect_nothing_left(void)
{
    assert_false(on_change_step(&hook, 0, &ended));
    assert_int_equal(on_change_timeout(&hook, 0), -1);
}

TEST(a_program_that_became_writable_meanwhile_is_not_run)
{
    static const char expected[] =
        "1 not run: on_change= needs a program that belongs to root and that others cannot write, ";
    char program[64];
    if (geteuid() != 0)
        skip();
    folder_write(folder, "program", span_of("#!/bin/sh\n"), 0777);
    snprintf(program, sizeof(program), "/proc/self/fd/%d/program", folder);
    use_program(program);
    on_change_changed(&hook, "/", 1, 0);
    assert_int_equal(on_change_timeout(&hook, 0), 0);
    assert_true(on_change_step(&hook, 0, &ended));
    assert_int_equal(strncmp(report, expected, strlen(expected)), 0);
    assert_true(ended.failed);
    expect_nothing_left();
}

TEST(each_set_whose_program_is_gone_is_reported)
{
    static const char *const expected[] = {
        "1 not run: on_change= needs a program that exists (arguments cannot be given)",
        "3 of Set-1 not run: on_change= needs a program that exists (arguments cannot be given)",
        "4 of b not run: on_change= needs a program that exists (arguments cannot be given)"};
    use_program("/nowhere/program");
    on_change_changed(&hook, "/", 1, 0);
    on_change_changed(&hook, "Set-1", 2, 0);
    on_change_changed(&hook, "Set-1", 3, 0);
    on_change_changed(&hook, "b", 4, 0);
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        assert_int_equal(on_change_timeout(&hook, 0), 0);
        assert_true(on_change_step(&hook, 0, &ended));
        assert_string_equal(report, expected[i]);
    }
    expect_nothing_left();
}

/* A set without a place among those that wait is not forgotten: one run is for all of it. */
TEST(beyond_many_sets_one_run_is_for_all)
{
    char set[32], expected[64];
    use_program("/bin/true");
    on_change_changed(&hook, "/", 1, 0);
    for (unsigned i = 2; i < 1000; i++) {
        snprintf(set, sizeof(set), "set-%u", i);
        if (i == 50)
            alloc_fail(1);
        on_change_changed(&hook, set, i, 0);
    }
    run_to_its_end(0);
    for (unsigned i = 2; i < ON_CHANGE_WAITING_MAX + 3; i++) {
        if (i == 50)
            continue;
        run_to_its_end(0);
        snprintf(expected, sizeof(expected), "%u of set-%u exit 0: ", i, i);
        assert_string_equal(report, expected);
    }
    run_to_its_end(0);
    assert_string_equal(report, "999 of * exit 0: ");
    expect_nothing_left();
}

TEST(a_program_that_vanishes_while_it_runs_is_reported_for_waiting_sets)
{
    use_program("/bin/true");
    on_change_changed(&hook, "/", 1, 0);
    on_change_changed(&hook, "/", 2, 0);
    use_program("/nowhere/program");
    run_to_its_end(0);
    assert_string_equal(report, "1 exit 0: ");
    assert_true(on_change_step(&hook, 0, &ended));
    assert_true(strncmp(report, "2 not run: ", 11) == 0);
    expect_nothing_left();
}

TEST(without_a_pipe_or_a_process_it_is_not_run)
{
    static const char *const expected[] = {"1 not run: cannot create a pipe: ", "1 not run: cannot start a process: "};
    use_program("/usr/bin/true");
    for (size_t call = 1; call <= COUNT_OF(expected); call++) {
        calls_fail_with(EAGAIN);
        calls_fail(CALLS_OF_WAY + call);
        on_change_changed(&hook, "/", 1, 0);
        assert_true(on_change_step(&hook, 0, &ended));
        if (strncmp(report, expected[call - 1], strlen(expected[call - 1])) != 0)
            fail_msg("the report is \"%s\"", report);
        expect_nothing_left();
    }
    calls_fail_with(0);
}

/* Its end is looked for, with nothing to poll for once its output is at the end. */
TEST(without_a_pidfd_it_runs_and_its_end_is_seen)
{
    use_program("/usr/bin/true");
    calls_fail(CALLS_OF_WAY + 3);
    on_change_changed(&hook, "/", 1, 0);
    assert_true(calls_have_failed());
    int wait = on_change_timeout(&hook, 0);
    assert_true(wait > 0 && wait < 1000);
    for (int turns = 0; !on_change_step(&hook, 0, &ended); turns++) {
        struct pollfd waits[ON_CHANGE_FDS];
        on_change_fds(&hook, waits);
        (void)poll(waits, ON_CHANGE_FDS, on_change_timeout(&hook, 0));
        assert_true(turns < 1000);
    }
    assert_string_equal(report, "1 exit 0: ");
    expect_nothing_left();
}

TEST(without_memory_to_wait_its_run_is_for_all)
{
    use_program("/bin/true");
    on_change_changed(&hook, "/", 1, 0);
    alloc_fail(1);
    on_change_changed(&hook, "Set-1", 2, 0);
    alloc_fail(0);
    run_to_its_end(0);
    assert_string_equal(report, "1 exit 0: ");
    run_to_its_end(0);
    assert_string_equal(report, "2 of * exit 0: ");
    expect_nothing_left();
}

EACH_TEST(hooking_setup, hooking_teardown);

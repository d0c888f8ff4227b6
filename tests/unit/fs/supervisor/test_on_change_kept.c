#include "fs/supervisor/on_change_kept.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/lib/folder.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/on_change_fixture.h"

EACH_TEST(hooking_setup, hooking_teardown);

/* The hook of another program, which has only the text and the descriptors. */
static void go_on_elsewhere(int64_t now)
{
    struct fault f = {.reason = REASON_NONE};
    struct resume written = {0}, read_again;
    assert_true(on_change_can_be_kept(&hook));
    assert_int_equal(on_change_keep(&hook, &written, &f), 0);
    struct buf text = {0};
    if (written.text.len == 0)
        add_text(&text, "certfs-resume 1\n");
    else
        buf_move(&text, &written.text);
    assert_int_equal(resume_parse(&text, &read_again, &f), 0);
    close_fd(&hook.end_fd);
    hook.pid = 0;
    on_change_kill(&hook); /* releases those that wait */
    on_change_init(&hook, &options);
    on_change_continue(&hook, &read_again, now);
    resume_close_rest(&read_again);
    resume_done(&read_again);
    resume_done(&written);
}

static void use_script(const char *script)
{
    if (geteuid() != 0)
        skip();
    folder_write(folder, "program", span_of(script), 0755);
    folder_path(folder, options.on_change);
    size_t length = strlen(options.on_change);
    snprintf(options.on_change + length, sizeof(options.on_change) - length, "/program");
}

static int make_gate(char ret[static PATH_MAX])
{
    folder_path(folder, ret);
    snprintf(ret + strlen(ret), PATH_MAX - strlen(ret), "/gate");
    assert_int_equal(mkfifo(ret, 0600), 0);
    return open(ret, O_RDWR | O_CLOEXEC);
}

static void expect_output(const char *part)
{
    struct pollfd waits[ON_CHANGE_FDS];
    on_change_fds(&hook, waits);
    assert_true(poll(&waits[1], 1, PATIENCE_MS) == 1);
    assert_false(on_change_step(&hook, 0, &ended));
    assert_int_equal(hook.output_length, strlen(part));
}

TEST(a_run_and_those_that_wait_go_on_in_another_program)
{
    char gate[PATH_MAX], script[PATH_MAX + 128];
    int fd = make_gate(gate);
    snprintf(script, sizeof(script), "#!/bin/sh\nprintf 'a\\000\\nb'\nread x <%s\nprintf \"$CERTFS_SET\"\nexit 3\n",
             gate);
    use_script(script);
    on_change_changed(&hook, "one", 7, 0);
    on_change_changed(&hook, "two", 8, 0);
    on_change_changed(&hook, "*", 9, 0);
    on_change_changed(&hook, "/", 10, 0);
    expect_output("a?\nb");
    go_on_elsewhere(1000);
    assert_int_equal(on_change_timeout(&hook, 1000), ON_CHANGE_LIMIT_MS - 1000);
    assert_int_equal(write(fd, "\n\n\n\n", 4), 4);
    run_to_its_end(1000);
    assert_string_equal(report, "7 of one exit 3: a\\x00 | bone");
    run_to_its_end(1000);
    assert_string_equal(report, "8 of two exit 3: a\\x00 | btwo");
    run_to_its_end(1000);
    assert_string_equal(report, "10 exit 3: a\\x00 | b/");
    run_to_its_end(1000);
    assert_string_equal(report, "9 of * exit 3: a\\x00 | b*");
    close(fd);
}

TEST(a_run_that_ended_meanwhile_is_reported)
{
    use_script("#!/bin/sh\nprintf done\n");
    on_change_changed(&hook, "/", 7, 0);
    struct pollfd end = {.fd = hook.end_fd, .events = POLLIN};
    assert_int_equal(poll(&end, 1, PATIENCE_MS), 1);
    go_on_elsewhere(0);
    run_to_its_end(0);
    assert_string_equal(report, "7 exit 0: done");
}

TEST(where_nothing_runs_nothing_goes_on)
{
    use_script("#!/bin/sh\n");
    go_on_elsewhere(0);
    assert_int_equal(hook.pid, 0);
    assert_int_equal(on_change_timeout(&hook, 0), -1);
}

TEST(a_report_that_is_not_fetched_yet_is_waited_for)
{
    use_program("/nowhere");
    on_change_changed(&hook, "/", 7, 0);
    assert_false(on_change_can_be_kept(&hook));
    assert_true(on_change_step(&hook, 0, &ended));
    assert_true(on_change_can_be_kept(&hook));
}

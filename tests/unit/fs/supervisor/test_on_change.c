#include "fs/supervisor/on_change.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs/options/program.h"
#include "tests/unit/lib/folder.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/names.h"
#include "tests/unit/lib/on_change_fixture.h"

enum { LEAKED_FD = 77 };

static const char *path_of(const char *name)
{
    static char path[PATH_MAX];
    folder_path(folder, path);
    snprintf(path + strlen(path), sizeof(path) - strlen(path), "/%s", name);
    return path;
}

/* The program of on_change= is a script of the test's own; only root can own one that is accepted. */
static void use_script(const char *text)
{
    char script[1024];
    if (geteuid() != 0)
        skip();
    snprintf(script, sizeof(script), "#!/bin/sh\n%s\n", text);
    folder_write(folder, "program", span_of(script), 0755);
    snprintf(options.on_change, sizeof(options.on_change), "%s", path_of("program"));
}

static void expect_report_of(const char *script, const char *expected)
{
    use_script(script);
    on_change_changed(&hook, "/", 7, 0);
    run_to_its_end(0);
    assert_string_equal(report, expected);
}

/* ---- which programs are taken ---- */

static void expect_refusal(const char *path, const char *part)
{
    struct fault f = {0};
    law_expect(program_check(path, &f), &f, REASON_USAGE);
    if (strstr(f.message, part) == NULL)
        fail_msg("\"%s\" does not contain \"%s\"", f.message, part);
}

TEST(a_program_of_roots_that_others_cannot_write_is_taken)
{
    struct fault f = {0};
    law_expect(program_check("/bin/true", &f), &f, REASON_NONE);
}

TEST(everything_else_is_refused_with_the_reason)
{
    expect_refusal("true", "absolute path");
    expect_refusal("", "absolute path");
    expect_refusal("/bin/true -x", "arguments");
    expect_refusal("/nowhere/program", "exists");
    expect_refusal("/bin", "is a file");
    expect_refusal("/etc/passwd", "executed");
    use_script("exit 0");
    static const mode_t writable[] = {0775, 0757, 0777};
    for (size_t i = 0; i < COUNT_OF(writable); i++) {
        assert_int_equal(fchmodat(folder, "program", writable[i], 0), 0);
        expect_refusal(options.on_change, "others cannot write");
    }
    assert_int_equal(fchmodat(folder, "program", 0755, 0), 0);
    assert_int_equal(fchownat(folder, "program", 27, 0, 0), 0);
    expect_refusal(options.on_change, "belongs to root");
}

/* ---- what it gets ---- */

TEST(its_environment_is_four_variables)
{
    setenv("SECRET", "of the supervisor", 1);
    use_program("/usr/bin/env");
    on_change_changed(&hook, "/", 7, 0);
    run_to_its_end(0);
    assert_string_equal(report, "7 exit 0: CERTFS_SET=/ | CERTFS_GENERATION=7 | CERTFS_MOUNT=/mnt/tls | "
                                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
}

TEST(nothing_of_ours_is_open_in_it)
{
    assert_int_equal(dup2(folder, LEAKED_FD), LEAKED_FD);
    expect_report_of(
        "test ! -e /proc/$$/fd/77 && readlink /proc/$$/fd/0 && test -p /proc/$$/fd/1 && test -p /proc/$$/fd/2",
        "7 exit 0: /dev/null");
    close(LEAKED_FD);
}

TEST(it_begins_in_the_root_directory_without_arguments_in_a_group_of_its_own)
{
    expect_report_of("pwd; echo $#; test \"$(cut -d' ' -f5 /proc/$$/stat)\" = $$", "7 exit 0: / | 0");
}

/* ---- reports ---- */

TEST(its_exit_status_is_reported)
{
    expect_report_of("exit 3", "7 exit 3: ");
    expect_report_of("kill -TERM $$", "7 signal 15: ");
}

TEST(whatever_is_not_exit_0_has_failed)
{
    static const struct {
        const char *script;
        bool failed;
    } rows[] = {{"exit 0", false}, {"exit 1", true}, {"kill -KILL $$", true}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        use_script(rows[i].script);
        on_change_changed(&hook, "of-its-own", 7, 0);
        run_to_its_end(0);
        assert_int_equal(ended.failed, rows[i].failed);
        assert_string_equal(ended.set, "of-its-own");
    }
}

TEST(its_output_is_escaped)
{
    expect_report_of("printf 'a\\\\b\\001\\t\\377\\n\"'", "7 exit 0: a\\x5Cb\\x01\\x09\\xFF | \"");
    expect_report_of("echo out; echo error >&2", "7 exit 0: out | error");
}

TEST(the_first_200_bytes_of_it_are_kept_and_dots_stand_for_the_rest)
{
    char expected[ON_CHANGE_REPORT_SIZE] = "7 exit 0: ";
    size_t begin = strlen(expected);
    memset(expected + begin, 'x', ON_CHANGE_OUTPUT_MAX);
    expected[begin + ON_CHANGE_OUTPUT_MAX] = '\0';
    expect_report_of("printf 'x%.0s' $(seq 200); echo", expected);
    memcpy(expected + begin + ON_CHANGE_OUTPUT_MAX, "...", strlen("...") + 1);
    expect_report_of("printf 'x%.0s' $(seq 200); printf y", expected);
}

/* Escaped it grows to four times its size, and the report has room for that. */
TEST(all_200_bytes_are_reported_also_if_each_must_be_escaped)
{
    use_script("printf '\\001%.0s' $(seq 300)");
    on_change_changed(&hook, "/", 7, 0);
    run_to_its_end(0);
    size_t count = 0;
    for (const char *at = report; (at = strstr(at, "\\x01")) != NULL; at++)
        count++;
    assert_int_equal(count, ON_CHANGE_OUTPUT_MAX);
}

TEST(much_output_neither_blocks_nor_fails_it)
{
    use_script("head -c 1000000 /dev/zero && exit 5");
    on_change_changed(&hook, "/", 7, 0);
    run_to_its_end(0);
    assert_true(strncmp(report, "7 exit 5: \\x00", 14) == 0);
}

/* ---- when it runs ---- */

TEST(without_a_program_nothing_ever_runs)
{
    options.on_change[0] = '\0';
    on_change_changed(&hook, "/", 7, 0);
    assert_false(on_change_step(&hook, 0, &ended));
    assert_int_equal(on_change_timeout(&hook, 0), -1);
}

TEST(one_run_for_one_change)
{
    use_program("/bin/true");
    on_change_changed(&hook, "/", 1, 0);
    run_to_its_end(0);
    assert_string_equal(report, "1 exit 0: ");
    assert_false(on_change_step(&hook, 0, &ended));
    assert_int_equal(on_change_timeout(&hook, 0), -1);
}

TEST(changes_during_a_run_end_in_one_more_for_the_newest)
{
    use_program("/bin/true");
    for (uint64_t generation = 1; generation <= 4; generation++)
        on_change_changed(&hook, "/", generation, 0);
    run_to_its_end(0);
    assert_string_equal(report, "1 exit 0: ");
    run_to_its_end(0);
    assert_string_equal(report, "4 exit 0: ");
    assert_false(on_change_step(&hook, 0, &ended));
}

TEST(a_named_set_is_passed_to_the_program_and_is_in_the_report)
{
    use_script("echo $CERTFS_SET $CERTFS_GENERATION");
    on_change_changed(&hook, "Replica-1", 9, 0);
    run_to_its_end(0);
    assert_string_equal(report, "9 of Replica-1 exit 0: Replica-1 9");
}

TEST(a_name_of_any_length_is_whole_for_the_program_and_in_the_report)
{
    char name[NAMES_SIZE], expected[2 * NAMES_SIZE];
    use_script("printf %s \"$CERTFS_SET\" | wc -c");
    for (size_t i = 0; i < NAMES_COUNT; i++) {
        names_make(i, name);
        on_change_changed(&hook, name, 9, 0);
        run_to_its_end(0);
        snprintf(expected, sizeof(expected), "9 of %s exit 0: %zu", name, strlen(name));
        assert_string_equal(report, expected);
    }
}

TEST(beside_the_longest_name_output_that_is_cut_ends_in_dots)
{
    char name[NAMES_SIZE];
    use_script("head -c 200 /dev/zero");
    names_make(NAMES_COUNT - 1, name);
    on_change_changed(&hook, name, 9, 0);
    run_to_its_end(0);
    names_expect_in(report, name);
    assert_true(strlen(report) >= ON_CHANGE_REPORT_SIZE - strlen("\\x00..."));
    assert_string_equal(report + strlen(report) - strlen("\\x00..."), "\\x00...");
}

/* Each set that was committed meanwhile gets its run, with its newest generation, in the order of their first change.
 */
TEST(each_set_gets_one_run_of_its_own)
{
    static const char *const expected[] = {"1 exit 0: ", "6 of Set-1 exit 0: ", "7 exit 0: ", "5 of b exit 0: "};
    use_program("/bin/true");
    on_change_changed(&hook, "/", 1, 0);
    on_change_changed(&hook, "Set-1", 2, 0);
    on_change_changed(&hook, "/", 3, 0);
    on_change_changed(&hook, "b", 5, 0);
    on_change_changed(&hook, "Set-1", 6, 0);
    on_change_changed(&hook, "/", 7, 0);
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        run_to_its_end(0);
        assert_string_equal(report, expected[i]);
    }
    assert_false(on_change_step(&hook, 0, &ended));
    assert_int_equal(on_change_timeout(&hook, 0), -1);
}

/* ---- when it does not end ---- */

/* Waits until all who had the FIFO open for writing are gone. */
static void expect_no_writer(int fifo)
{
    char rest[64];
    struct pollfd wait = {.fd = fifo, .events = POLLIN};
    do
        assert_int_equal(poll(&wait, 1, PATIENCE_MS), 1);
    while (read(fifo, rest, sizeof(rest)) > 0);
}

/* A program that waits for ever, and so does a child of it. Both hold the FIFO; it is started when that is reported. */
static int start_endless(void)
{
    char script[PATH_MAX + 128], started[8];
    assert_int_equal(mkfifoat(folder, "fifo", 0600), 0);
    int fifo = openat(folder, "fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(fifo >= 0);
    snprintf(script, sizeof(script), "exec 3>%s; tail -f /dev/null & echo started >&3; wait", path_of("fifo"));
    use_script(script);
    on_change_changed(&hook, "/", 7, 1000);
    struct pollfd wait = {.fd = fifo, .events = POLLIN};
    assert_int_equal(poll(&wait, 1, PATIENCE_MS), 1);
    assert_true(read(fifo, started, sizeof(started)) > 0);
    return fifo;
}

TEST(after_the_limit_its_whole_group_is_killed)
{
    int fifo = start_endless();
    assert_int_equal(on_change_timeout(&hook, 1000), ON_CHANGE_LIMIT_MS);
    assert_int_equal(on_change_timeout(&hook, 2000), ON_CHANGE_LIMIT_MS - 1000);
    assert_false(on_change_step(&hook, 999 + ON_CHANGE_LIMIT_MS, &ended));
    assert_int_equal(on_change_timeout(&hook, 5000 + ON_CHANGE_LIMIT_MS), 0);
    run_to_its_end(1000 + ON_CHANGE_LIMIT_MS);
    assert_string_equal(report, "7 killed after 60 s: ");
    expect_no_writer(fifo);
    close(fifo);
}

TEST(a_set_committed_meanwhile_is_run_after_the_kill)
{
    int fifo = start_endless();
    use_program("/bin/true");
    on_change_changed(&hook, "/", 8, 2000);
    run_to_its_end(1000 + ON_CHANGE_LIMIT_MS);
    assert_string_equal(report, "7 killed after 60 s: ");
    assert_int_equal(on_change_timeout(&hook, 1000 + ON_CHANGE_LIMIT_MS), ON_CHANGE_LIMIT_MS);
    run_to_its_end(1000 + ON_CHANGE_LIMIT_MS);
    assert_string_equal(report, "8 exit 0: ");
    close(fifo);
}

TEST(stopping_kills_what_runs_and_forgets_what_waits)
{
    int fifo = start_endless();
    on_change_changed(&hook, "/", 8, 1000);
    on_change_changed(&hook, "Set-1", 9, 1000);
    assert_true(on_change_stop(&hook));
    assert_true(STAILQ_EMPTY(&hook.waiting));
    expect_no_writer(fifo);
    assert_false(on_change_step(&hook, 0, &ended));
    close(fifo);
}

EACH_TEST(hooking_setup, hooking_teardown);

#include "fs/log.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "tests/unit/harness.h"

static int kept;
static int ends[2];

static int catch_standard_error(void **state)
{
    (void)state;
    kept = dup(STDERR_FILENO);
    return kept < 0 || pipe(ends) != 0 || dup2(ends[1], STDERR_FILENO) < 0;
}

static int release_standard_error(void **state)
{
    (void)state;
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(ends[0]);
    close(ends[1]);
    return 0;
}

static void expect_said(const char *text)
{
    char said[2 * LOG_LINE_SIZE];
    ssize_t length = read(ends[0], said, sizeof(said) - 1);
    assert_true(length > 0);
    said[length] = '\0';
    assert_string_equal(said, text);
}

static void a_sentence_gets_the_name_of_the_program(void **state)
{
    (void)state;
    log_say("%s is %d", "it", 7);
    expect_said("certfs: it is 7\n");
    log_line(LOG_INFO, "a line");
    expect_said("certfs: a line\n");
}

static void control_characters_and_others_never_pass(void **state)
{
    (void)state;
    log_say("a\nb\tc\033[1md\x7f%s", "\xc3\xa4");
    expect_said("certfs: a?b?c?[1md???\n");
    log_line(LOG_INFO, "%s", "one\r\ntwo");
    expect_said("certfs: one??two\n");
}

static void a_long_line_is_cut(void **state)
{
    (void)state;
    char text[3 * LOG_LINE_SIZE], wanted[2 * LOG_LINE_SIZE];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    snprintf(wanted, sizeof(wanted), "certfs: %.*s\n", LOG_LINE_SIZE - 1, text);
    log_line(LOG_INFO, "%s", text);
    expect_said(wanted);
}

#define ON_A_PIPE(test) cmocka_unit_test_setup_teardown(test, catch_standard_error, release_standard_error)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_PIPE(a_sentence_gets_the_name_of_the_program),
        ON_A_PIPE(control_characters_and_others_never_pass),
        ON_A_PIPE(a_long_line_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

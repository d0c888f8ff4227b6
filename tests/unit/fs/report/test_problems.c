/* Things to mend, and things that are good to know: two lists, and problems that end. */
#include "fs/report/problems.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/outliving_cells.h"

static struct problems problems = PROBLEMS_INITIALIZER;

static void empty(void)
{
    problems = (struct problems)PROBLEMS_INITIALIZER;
}

static int join(void *context, const char *sentence)
{
    char *text = context;
    size_t used = strlen(text);
    snprintf(text + used, 64 * PROBLEMS_SIZE - used, "%s|", sentence);
    return 0;
}

static void expect_list(enum problem_kind kind, const char *expected)
{
    static char text[64 * PROBLEMS_SIZE];
    text[0] = '\0';
    assert_int_equal(problems_visit(&problems, kind, join, text), 0);
    assert_string_equal(text, expected);
}

static int see_printable(void *unused, const char *sentence)
{
    (void)unused;
    for (; *sentence != '\0'; sentence++)
        assert_in_range(*sentence, ' ', '~');
    return 0;
}

static void expect_printable(void)
{
    (void)problems_visit(&problems, PROBLEM_TO_MEND, see_printable, NULL);
    (void)problems_visit(&problems, PROBLEM_REMARK, see_printable, NULL);
}

TEST(remarks_are_not_counted)
{
    problems_add(&problems, "mend this");
    problems_remark(&problems, "know this");
    expect_list(PROBLEM_TO_MEND, "mend this|");
    expect_list(PROBLEM_REMARK, "know this|");
    assert_int_equal(problems_count(&problems), 1);
}

TEST(a_problem_about_something_is_replaced_and_ends)
{
    problems_add(&problems, "first");
    problems_set(&problems, "Set-1", "");
    problems_set(&problems, "Set-1", "about a");
    problems_set(&problems, "b", "about b");
    problems_set(&problems, "Set-1", "about a again");
    expect_list(PROBLEM_TO_MEND, "first|about a again|about b|");
    problems_set(&problems, "Set-1", "");
    expect_list(PROBLEM_TO_MEND, "first|about b|");
    assert_int_equal(problems_count(&problems), 2);
}

TEST(a_sentence_that_is_too_long_ends_in_dots)
{
    char long_one[2 * PROBLEMS_SIZE], expected[PROBLEMS_SIZE + 1];
    memset(long_one, 'x', sizeof(long_one));
    long_one[PROBLEMS_SIZE - 1] = '\0';
    problems_add(&problems, long_one);
    snprintf(expected, sizeof(expected), "%.*s|", PROBLEMS_SIZE - 1, long_one);
    expect_list(PROBLEM_TO_MEND, expected);
    problems.count = 0;
    long_one[PROBLEMS_SIZE - 1] = 'x';
    long_one[PROBLEMS_SIZE] = '\0';
    problems_add(&problems, long_one);
    snprintf(expected, sizeof(expected), "%.*s...|", PROBLEMS_SIZE - 4, long_one);
    expect_list(PROBLEM_TO_MEND, expected);
}

TEST(problems_that_do_not_fit_are_counted_in_one_line)
{
    for (int i = 0; i < PROBLEMS_MAX - 1; i++)
        problems_add(&problems, "x");
    problems_remark(&problems, "r");
    problems_remark(&problems, "lost");
    problems_add(&problems, "y");
    assert_int_equal(problems_count(&problems), PROBLEMS_MAX);
    static char text[64 * PROBLEMS_SIZE];
    assert_int_equal(problems_visit(&problems, PROBLEM_TO_MEND, join, text), 0);
    assert_non_null(strstr(text, "there are more problems like these|"));
    expect_list(PROBLEM_REMARK, "r|");
}

static int stop_at_once(void *context, const char *sentence)
{
    (void)sentence;
    ++*(int *)context;
    return -1;
}

TEST(a_walk_ends_when_the_visitor_returns_non_zero)
{
    int seen = 0;
    problems_add(&problems, "x");
    problems_add(&problems, "y");
    assert_int_equal(problems_visit(&problems, PROBLEM_TO_MEND, stop_at_once, &seen), -1);
    assert_int_equal(seen, 1);
}

/* ---- when the worker is replaced ---- */

static struct cells cells;

static void begin_outliving(void)
{
    empty();
    cells = new_cells(sizeof(struct kept_problem), PROBLEMS_MAX);
    problems_restore(&problems, &cells);
}

static void end_outliving(void)
{
    free_cells(&cells);
}

static void take_over(void)
{
    empty();
    problems_add(&problems, "found at the start");
    problems_restore(&problems, &cells);
}

TEST_WITH(begin_outliving, end_outliving, a_lasting_problem_outlives_the_worker_until_it_ends)
{
    problems_set(&problems, "seen again", "this one is found again");
    problems_set_lasting(&problems, PROBLEM_TO_MEND, "a", "about a");
    problems_set_lasting(&problems, PROBLEM_REMARK, "b", "about b");
    problems_set_lasting(&problems, PROBLEM_TO_MEND, "c", "about c");
    problems_set_lasting(&problems, PROBLEM_TO_MEND, "a", "about a again");
    problems_set(&problems, "c", "");
    take_over();
    expect_list(PROBLEM_TO_MEND, "found at the start|about a again|");
    expect_list(PROBLEM_REMARK, "about b|");
    problems_set_lasting(&problems, PROBLEM_TO_MEND, "d", "about d");
    problems_set_lasting(&problems, PROBLEM_TO_MEND, "a", "");
    take_over();
    expect_list(PROBLEM_TO_MEND, "found at the start|about d|");
    expect_list(PROBLEM_REMARK, "about b|");
}

TEST_WITH(begin_outliving, end_outliving, cells_of_problems_may_hold_anything)
{
    uint32_t seed = 1;
    struct kept_problem kept;
    for (int round = 0; round < 50; round++) {
        for (size_t cell = 0; cell < PROBLEMS_MAX; cell++) {
            unsigned char *bytes = (unsigned char *)&kept;
            for (size_t at = 0; at < sizeof(kept); at++) {
                seed = seed * 1664525 + 1013904223;
                bytes[at] = (unsigned char)(seed >> (cell % 3 == 0 ? 24 : 31));
            }
            cells_put(&cells, cell, &kept);
        }
        take_over();
        expect_printable();
    }
}

EACH_TEST(empty, NULL);

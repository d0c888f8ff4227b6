#include "fs/report/restarts.h"

#include <stdio.h>
#include <string.h>

#include "fs/report/problems.h"
#include "fs/takeover/ends.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/outliving_cells.h"
#include "tests/unit/lib/status_fixture.h"

enum { NOON = 1700000000 };

static void set_up(void)
{
    source_setup();
    source.ends = new_cells(sizeof(struct kept_end), END_REASONS);
}

static void tear_down(void)
{
    free_cells(&source.ends);
    source_teardown();
}

static int find_worker(void *found, const char *sentence)
{
    *(const char **)found = strstr(sentence, "certfs's worker") == NULL ? *(const char **)found : sentence;
    return 0;
}

static const char *sentence_of(enum problem_kind kind)
{
    const char *found = NULL;
    (void)problems_visit(&problems, kind, find_worker, &found);
    return found;
}

static void report(int64_t now)
{
    restarts_report(&problems, &source.ends, now);
}

TEST(without_restarts_there_is_nothing_to_report)
{
    report(NOON);
    assert_null(sentence_of(PROBLEM_TO_MEND));
    assert_null(sentence_of(PROBLEM_REMARK));
    assert_int_equal(ends_newest(&source.ends), END_REASONS);
}

TEST(a_worker_that_was_killed_from_outside_is_a_remark_for_a_day)
{
    ends_note(&source.ends, END_KILLED, NOON, "the worker was ended by signal 9");
    ends_note(&source.ends, END_KILLED, NOON + 1, "the worker was ended by signal 9");
    report(NOON + 2);
    assert_null(sentence_of(PROBLEM_TO_MEND));
    assert_non_null(strstr(sentence_of(PROBLEM_REMARK), "at 2023-11-14T22:13:21Z and was replaced"));
    report(NOON + RESTARTS_YOUNG);
    assert_non_null(sentence_of(PROBLEM_REMARK));
    report(NOON + 1 + RESTARTS_YOUNG);
    assert_null(sentence_of(PROBLEM_REMARK));
}

TEST(a_worker_that_failed_is_a_problem_for_a_day_however_it_did)
{
    static const enum end_reason failures[] = {END_CRASHED, END_HUNG, END_UNREADY, END_DISTRUST};
    for (size_t i = 0; i < COUNT_OF(failures); i++) {
        int64_t now = NOON + (int64_t)i * 2 * RESTARTS_YOUNG;
        ends_note(&source.ends, failures[i], now, "the worker was ended by signal 11");
        report(now + RESTARTS_YOUNG - 1);
        assert_non_null(strstr(sentence_of(PROBLEM_TO_MEND), "ended by signal 11"));
        assert_null(sentence_of(PROBLEM_REMARK));
        report(now + RESTARTS_YOUNG);
        assert_null(sentence_of(PROBLEM_TO_MEND));
    }
}

/* Else a kill by hand makes a crash vanish. */
TEST(a_crash_stays_a_problem_when_the_next_worker_is_killed_from_outside)
{
    ends_note(&source.ends, END_CRASHED, NOON, "crashed");
    ends_note(&source.ends, END_KILLED, NOON + 1, "killed");
    report(NOON + 2);
    assert_non_null(sentence_of(PROBLEM_TO_MEND));
    assert_non_null(sentence_of(PROBLEM_REMARK));
    assert_int_equal(ends_newest(&source.ends), END_KILLED);
}

TEST(a_crash_is_no_problem_of_the_program_that_took_the_place_of_the_other)
{
    ends_note(&source.ends, END_CRASHED, NOON, "crashed");
    ends_note(&source.ends, END_UPGRADED, NOON + 1, "upgraded");
    report(NOON + 2);
    assert_null(sentence_of(PROBLEM_TO_MEND));
    ends_note(&source.ends, END_CRASHED, NOON + 3, "crashed");
    report(NOON + 4);
    assert_non_null(sentence_of(PROBLEM_TO_MEND));
}

TEST(metrics_and_status_count_each_kind_of_end)
{
    CLEANUP(buf_done) struct buf text = {0};
    ends_note(&source.ends, END_KILLED, NOON, "the worker was \"killed\"\n");
    ends_note(&source.ends, END_HUNG, NOON + 1, "it hung");
    ends_note(&source.ends, END_HUNG, NOON + 2, "it hung again");
    write_metrics(&text);
    expect_line(&text, "certfs_worker_restarts_total{reason=\"killed\"} 1");
    expect_line(&text, "certfs_worker_restarts_total{reason=\"hung\"} 2");
    expect_line(&text, "certfs_worker_restarts_total{reason=\"crashed\"} 0");
    struct fault f = {0};
    buf_done(&text);
    law_expect(status_write(&source, &text, &f), &f, REASON_NONE);
    add_bytes(&text, (struct span){(const unsigned char *)"", 1});
    assert_non_null(strstr((const char *)text.data, "\"count\": 3"));
    assert_non_null(strstr((const char *)text.data, "\"reason\": \"hung\""));
    assert_non_null(strstr((const char *)text.data, "\"message\": \"it hung again\""));
}

TEST(each_reason_has_a_name)
{
    for (enum end_reason reason = 0; reason < END_REASONS; reason++)
        assert_true(strlen(end_reason_name(reason)) > 0);
}

TEST(cells_of_ends_may_hold_anything)
{
    uint32_t seed = 1;
    CLEANUP(buf_done) struct buf text = {0};
    for (int round = 0; round < 200; round++) {
        for (size_t at = 0; at < size_of_cells(&source.ends); at++) {
            seed = seed * 1664525 + 1013904223;
            const size_t in_cell = at % cells_stride(source.ends.size);
            source.ends.memory[at] = (unsigned char)(in_cell >= 8 ? seed >> 24 : in_cell == 0 ? 1U : 0U);
        }
        report(NOON);
        buf_done(&text);
        write_metrics(&text);
        struct fault f = {0};
        buf_done(&text);
        law_expect(status_write(&source, &text, &f), &f, REASON_NONE);
        for (size_t at = 0; at < text.len; at++)
            assert_true(text.data[at] == '\n' || (text.data[at] >= ' ' && text.data[at] <= '~'));
    }
}

EACH_TEST(set_up, tear_down);

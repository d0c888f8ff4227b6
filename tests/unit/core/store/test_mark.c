/* mark, by way of the store that it is in. */
#include "core/store/dir_store.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/lib/fail_syscalls.h"
#include "tests/unit/lib/folder.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/store_fixture.h"

static int put_number(uint64_t number)
{
    struct fault f = {0};
    int result = dir_store_put(stored.store, stored.name, span_of("the record"), number, &f);
    law_check(result, &f, (struct span){NULL, 0});
    return result;
}

TEST(the_mark_is_raised_with_each_record_and_never_lowered)
{
    struct fault f = {0};
    assert_int_equal(dir_store_mark(stored.store).number, 0);
    assert_int_equal(put_number(3), 0);
    assert_int_equal(put_number(2), 0);
    assert_int_equal(dir_store_mark(stored.store).number, 3);
    stored_reopen();
    assert_int_equal(dir_store_mark(stored.store).number, 3);
    assert_int_equal(stored_remove(), DIR_STORE_REMOVED_RECORD);
    law_expect(dir_store_raise_mark(stored.store, MARK_MAX, &f), &f, REASON_NONE);
    stored_reopen();
    assert_true(dir_store_mark(stored.store).number == MARK_MAX);
    assert_false(dir_store_mark(stored.store).unreadable);
    assert_int_equal(folder_count(stored.folder), 1);
}

/* A record that is on disk has its number in the mark, wherever the putting was cut off. */
TEST(the_mark_is_never_behind_a_record)
{
    bool enough = false;
    for (size_t nth = 1; !enough; nth++) {
        const uint64_t number = 10 * nth;
        CLEANUP(buf_done) struct buf before = {0}, after = {0};
        char record[24];
        struct fault f = {0};
        snprintf(record, sizeof(record), "record %zu", nth);
        (void)folder_read(stored.folder, stored.name, &before);
        calls_fail_from(nth);
        (void)!dir_store_put(stored.store, stored.name, span_of(record), number, &f);
        enough = !calls_have_failed();
        calls_fail(0);
        stored_reopen();
        (void)folder_read(stored.folder, stored.name, &after);
        if (!span_equal(buf_span(&before), buf_span(&after)))
            assert_true(dir_store_mark(stored.store).number >= number);
    }
}

TEST(a_mark_that_somebody_removed_is_made_anew)
{
    assert_int_equal(put_number(3), 0);
    assert_int_equal(unlinkat(stored.folder, "generation.3", 0), 0);
    assert_int_equal(put_number(4), 0);
    stored_reopen();
    assert_int_equal(dir_store_mark(stored.store).number, 4);
}

/* As a start does when it has read all records. */
static void take_over(void)
{
    struct fault f = {0};
    law_expect(dir_store_raise_mark(stored.store, 0, &f), &f, REASON_NONE);
    assert_false(dir_store_mark(stored.store).is_old);
}

/* The files beside records, and the number that each stands for. */
TEST(the_highest_plausible_mark_counts_and_an_older_certfs_has_one_too)
{
    static const struct {
        const char *name, *text;
        uint64_t number;
        bool unreadable;
    } rows[] = {
        {"generation", "7\n", 7, false},
        {"generation", "", 7, true},
        {"generation", "seven\n", 7, true},
        {"generation", "-8\n", 7, true},
        {"generation", "99999999999999999999\n", 7, true},
        {"generation", "5\n", 7, false},
        {"generation.9", "", 9, false},
        {"generation.8", "", 9, false},
        {"generation", "12", 12, false},
        {"generation.99999999999999999999", "", 12, true},
        {"generation.4503599627370497", "", 12, true},
        {"generation.old", "", 12, false},
        {"generation.13.certfs-new", "", 12, false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        folder_write(stored.folder, rows[i].name, span_of(rows[i].text), 0600);
        stored_reopen();
        assert_int_equal(dir_store_mark(stored.store).number, rows[i].number);
        assert_int_equal(dir_store_mark(stored.store).unreadable, rows[i].unreadable);
        assert_int_equal(dir_store_mark(stored.store).is_old,
                         strcmp(rows[i].name, "generation") == 0 && !rows[i].unreadable);
        take_over();
        stored_reopen();
        assert_int_equal(dir_store_mark(stored.store).number, rows[i].number);
        if (rows[i].unreadable)
            assert_int_equal(unlinkat(stored.folder, rows[i].name, 0), 0);
    }
}

/* Nor where the mark cannot be raised. */
TEST(an_older_certfs_file_stays_until_its_number_is_in_the_mark)
{
    static const char *const names[] = {"generation.5", "generation.9"};
    struct fault f = {0};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        folder_write(stored.folder, "generation", span_of("7\n"), 0600);
        folder_write(stored.folder, names[i], span_of(""), 0600);
        stored_reopen();
        stored_reopen();
        assert_int_equal(dir_store_mark(stored.store).number, 7 + 2 * i);
        assert_true(dir_store_mark(stored.store).is_old);
        calls_fail_from(1);
        assert_int_equal(dir_store_raise_mark(stored.store, 10, &f), -1);
        calls_fail(0);
        fault_clear(&f);
        assert_true(dir_store_mark(stored.store).is_old);
        law_expect(dir_store_raise_mark(stored.store, 8, &f), &f, REASON_NONE);
        assert_int_equal(dir_store_mark(stored.store).number, 8 + i);
        stored_reopen();
        assert_int_equal(dir_store_mark(stored.store).number, 8 + i);
        assert_false(dir_store_mark(stored.store).is_old);
        assert_int_equal(folder_count(stored.folder), 1);
    }
}

TEST(a_mark_may_be_anything_that_has_the_name)
{
    assert_int_equal(mkdirat(stored.folder, "generation", 0700), 0);
    assert_int_equal(mkdirat(stored.folder, "generation.5", 0700), 0);
    assert_int_equal(symlinkat("/nowhere", stored.folder, "generation.4"), 0);
    stored_reopen();
    assert_int_equal(dir_store_mark(stored.store).number, 5);
    assert_true(dir_store_mark(stored.store).unreadable);
    assert_int_equal(put_number(6), 0);
    stored_reopen();
    assert_int_equal(dir_store_mark(stored.store).number, 6);
}

EACH_TEST(stored_setup, stored_teardown);

/* store: every errno that a disk has, at every call; writes that are short, and a close that fails. */
#include "core/store/dir_store.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/lib/fail_syscalls.h"
#include "tests/unit/lib/folder.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/store_fixture.h"

static const int errors[] = {ENOSPC, EIO, EINTR, EROFS, EDQUOT, ENOENT, EMFILE};
static const char old_record[] = "the old record", new_record[] = "the new record, which is longer than the old one";

static int put(const char *record)
{
    struct fault f = {0};
    int result = dir_store_put(stored.store, stored.name, span_of(record), 0, &f);
    law_check(result, &f, span_of(record));
    if (result != 0) {
        assert_int_equal(f.reason, REASON_STORE_FAILED);
        int told = fault_errno_control(&f);
        assert_true(told == EIO || told == ENOSPC); /* on nothing else do all writers give up */
    }
    return result;
}

/* NULL: there is none. */
static void expect_record(const char *record)
{
    CLEANUP(buf_done) struct buf found = {0};
    assert_int_equal(folder_read(stored.folder, stored.name, &found), record != NULL);
    if (record != NULL)
        expect_text(&found, record);
}

/* The store is as the result reported, at once and after reopening, and nothing else is in the folder then. */
static void expect_outcome(int result, const char *before, const char *after)
{
    const char *record = result == 0 ? after : before;
    expect_record(record);
    stored_reopen();
    expect_record(record);
    assert_int_equal(folder_count(stored.folder), record == NULL ? 0 : 1);
}

/* Fails the nth call, such as with EINTR. Returns whether there was such a call. */
static bool put_failing(size_t nth, int error, const char *before)
{
    calls_fail_with(error);
    calls_fail(nth);
    int result = put(new_record);
    bool failed = calls_have_failed();
    calls_fail(0);
    expect_outcome(result, before, new_record);
    return failed;
}

TEST(a_put_that_fails_with_any_errno_leaves_the_old_record)
{
    for (size_t i = 0; i < COUNT_OF(errors); i++) {
        bool failed = true;
        for (size_t nth = 1; failed; nth++) {
            assert_int_equal(put(old_record), 0);
            failed = put_failing(nth, errors[i], old_record);
        }
    }
}

TEST(a_first_put_that_fails_with_any_errno_leaves_nothing)
{
    for (size_t i = 0; i < COUNT_OF(errors); i++) {
        bool failed = true;
        for (size_t nth = 1; failed; nth++) {
            enum store_removed ignored;
            struct fault f = {0};
            assert_int_equal(dir_store_remove(stored.store, stored.name, &ignored, &f), 0);
            failed = put_failing(nth, errors[i], NULL);
        }
    }
}

TEST(a_removal_that_fails_with_any_errno_leaves_the_record)
{
    for (size_t i = 0; i < COUNT_OF(errors); i++) {
        bool failed = true;
        for (size_t nth = 1; failed; nth++) {
            struct fault f = {0};
            assert_int_equal(put(old_record), 0);
            calls_fail_with(errors[i]);
            calls_fail(nth);
            enum store_removed ignored;
            int result = dir_store_remove(stored.store, stored.name, &ignored, &f);
            law_check(result, &f, span_of(old_record));
            failed = calls_have_failed();
            calls_fail(0);
            expect_outcome(result, old_record, NULL);
        }
    }
}

TEST(a_record_written_in_pieces_is_whole)
{
    for (size_t piece = 1; piece < 8; piece++) {
        calls_shorten(piece);
        int result = put(new_record);
        calls_shorten(0);
        assert_int_equal(result, 0);
        expect_outcome(result, NULL, new_record);
    }
}

TEST(a_write_that_is_interrupted_goes_on)
{
    bool was_a_write = false;
    for (size_t nth = 1; nth < 16; nth++) {
        assert_int_equal(put(old_record), 0);
        calls_shorten(10);
        calls_fail_with(EINTR);
        calls_fail(nth);
        int result = put(new_record);
        calls_shorten(0);
        if (calls_have_failed() && strcmp(calls_failed_name(), "write") == 0) {
            was_a_write = true;
            assert_int_equal(result, 0);
        }
        calls_fail(0);
        expect_outcome(result, old_record, new_record);
    }
    assert_true(was_a_write);
}

/* Some file systems find out at close that there is no space. */
TEST(a_close_that_fails_refuses)
{
    assert_int_equal(put(old_record), 0);
    calls_fail_close(1);
    int result = put(new_record);
    calls_fail_close(0);
    assert_int_equal(result, -1);
    expect_outcome(result, old_record, new_record);
}

static void teardown(void)
{
    calls_fail(0);
    calls_fail_with(0);
    stored_teardown();
}

EACH_TEST(stored_setup, teardown);

/* store: removals. Nothing of a record is left, wherever they are cut off. */
#include "core/store/dir_store.h"

#include <stdio.h>
#include <sys/stat.h>

#include "tests/unit/lib/fail_syscalls.h"
#include "tests/unit/lib/folder.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/store_fixture.h"

TEST(a_removed_record_is_gone)
{
    struct fault f = {0};
    assert_int_equal(stored_put("x", &f), 0);
    assert_int_equal(stored_remove(), DIR_STORE_REMOVED_RECORD);
    stored_expect(NULL);
    assert_int_equal(folder_count(stored.folder), 0);
    assert_int_equal(stored_remove(), DIR_STORE_REMOVED_NOTHING);
}

TEST(a_removal_that_fails_leaves_the_record)
{
    bool enough = false;
    for (size_t nth = 1; !enough; nth++) {
        struct fault f = {0};
        assert_int_equal(stored_put("the record", &f), 0);
        calls_fail(nth);
        enum store_removed ignored;
        int result = dir_store_remove(stored.store, stored.name, &ignored, &f);
        law_check(result, &f, (struct span){NULL, 0});
        enough = !calls_have_failed();
        calls_fail(0);
        stored_reopen();
        stored_expect(result == 0 ? NULL : "the record");
    }
}

static const char *const beside[] = {".unopened", ".unopened.2", ".unopened.99", ".certfs-old", ".certfs-new"};

static void write_beside(const char *ending)
{
    char path[DIR_STORE_NAME_SIZE + 16];
    snprintf(path, sizeof(path), "%s%s", stored.name, ending);
    folder_write(stored.folder, path, span_of("of the record"), 0600);
}

/* And nothing of another record, nor what is somebody else's. */
TEST(files_that_belong_to_a_record_go_with_it)
{
    static const char *const others[] = {"README", "generation.x", "notes.unopened"};
    char other[DIR_STORE_NAME_SIZE], aside[DIR_STORE_NAME_SIZE + 16];
    struct fault f = {0};
    folder_record("b", other);
    snprintf(aside, sizeof(aside), "%s.unopened", other);
    folder_write(stored.folder, other, span_of("another"), 0600);
    folder_write(stored.folder, aside, span_of("another"), 0600);
    for (size_t i = 0; i < COUNT_OF(others); i++)
        folder_write(stored.folder, others[i], span_of("somebody's"), 0600);
    write_beside(".bak");
    for (int with_record = 0; with_record < 2; with_record++) {
        for (size_t i = 0; i < COUNT_OF(beside); i++)
            write_beside(beside[i]);
        if (with_record)
            assert_int_equal(stored_put("x", &f), 0);
        assert_int_equal(stored_remove(), with_record ? DIR_STORE_REMOVED_RECORD : DIR_STORE_REMOVED_ASIDE);
        assert_int_equal(folder_count(stored.folder), COUNT_OF(others) + 3);
    }
}

/* As kill -9 does it: from the nth call on nothing happens to the disk. */
TEST(a_removal_that_is_cut_off_anywhere_leaves_all_or_nothing)
{
    bool enough = false;
    size_t whole = 0, gone = 0;
    for (size_t nth = 1; !enough; nth++) {
        enum store_removed ignored;
        struct fault f = {0};
        for (size_t i = 0; i < 3; i++)
            write_beside(beside[i]);
        assert_int_equal(stored_put("the record", &f), 0);
        calls_fail_from(nth);
        int result = dir_store_remove(stored.store, stored.name, &ignored, &f);
        enough = !calls_have_failed();
        calls_fail(0);
        stored_reopen();
        assert_true(result != 0 || folder_count(stored.folder) == 0);
        assert_true(folder_count(stored.folder) == 0 || folder_count(stored.folder) == 4);
        whole += folder_count(stored.folder) == 4;
        gone += folder_count(stored.folder) == 0;
        if (folder_count(stored.folder) == 4)
            stored_expect("the record");
    }
    assert_true(whole > 0 && gone > 3);
}

/* The file that stands for a removal is not taken for one of the record that came after it. */
TEST(a_leftover_of_a_removal_does_no_harm_to_a_new_record)
{
    struct fault f = {0};
    assert_int_equal(stored_put("the record", &f), 0);
    write_beside(".certfs-gone");
    write_beside(".unopened");
    stored_reopen();
    stored_expect("the record");
    assert_int_equal(folder_count(stored.folder), 2);
}

TEST(a_directory_is_nobodys_record_and_stays)
{
    struct fault f = {0};
    char aside[DIR_STORE_NAME_SIZE + 16];
    snprintf(aside, sizeof(aside), "%s.unopened", stored.name);
    assert_int_equal(mkdirat(stored.folder, stored.name, 0700), 0);
    assert_int_equal(mkdirat(stored.folder, aside, 0700), 0);
    assert_false(dir_store_has(stored.store, stored.name));
    assert_int_equal(stored_remove(), DIR_STORE_REMOVED_NOTHING);
    assert_int_equal(folder_count(stored.folder), 2);
    stored_reopen();
    assert_int_equal(stored_put("x", &f), -1);
}

EACH_TEST(stored_setup, stored_teardown);

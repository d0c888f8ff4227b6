/* store: removals. Nothing of a record is left, wherever they are cut off. */
#include "core/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/alloc.h"
#include "tests/unit/calls.h"
#include "tests/unit/folder.h"
#include "tests/unit/harness.h"

static int folder;
static struct store *store;
static char name[STORE_NAME_SIZE];

static void open_store(void)
{
    struct fault f = {0};
    law_expect(store_open(folder_again(folder), &store, &f), &f, REASON_NONE);
}

static void reopen_store(void)
{
    store_freep(&store);
    open_store();
}

static int put(const char *record, struct fault *f)
{
    int result = store_put(store, name, span_of(record), 0, f);
    law_check(result, f, (struct span){NULL, 0});
    return result;
}

static enum store_removed removed(void)
{
    enum store_removed result = STORE_REMOVED_NOTHING;
    struct fault f = {0};
    law_expect(store_remove(store, name, &result, &f), &f, REASON_NONE);
    return result;
}

static void expect_record(const char *record)
{
    CLEANUP(buf_done) struct buf found = {0};
    struct fault f = {0};
    int result = store_get(store, name, &found, &f);
    law_check(result, &f, (struct span){NULL, 0});
    if (record == NULL) {
        assert_int_equal(result, -1);
        assert_int_equal(f.os_errno, ENOENT);
    } else {
        assert_int_equal(result, 0);
        expect_text(&found, record);
    }
}

static void a_removed_record_is_gone(void **state)
{
    (void)state;
    struct fault f = {0};
    assert_int_equal(put("x", &f), 0);
    assert_int_equal(removed(), STORE_REMOVED_RECORD);
    expect_record(NULL);
    assert_int_equal(folder_count(folder), 0);
    assert_int_equal(removed(), STORE_REMOVED_NOTHING);
}

static void a_removal_that_fails_leaves_the_record(void **state)
{
    (void)state;
    bool enough = false;
    for (size_t nth = 1; !enough; nth++) {
        struct fault f = {0};
        assert_int_equal(put("the record", &f), 0);
        calls_fail(nth);
        enum store_removed ignored;
        int result = store_remove(store, name, &ignored, &f);
        law_check(result, &f, (struct span){NULL, 0});
        enough = !calls_have_failed();
        calls_fail(0);
        reopen_store();
        expect_record(result == 0 ? NULL : "the record");
    }
}

static const char *const beside[] = {".unopened", ".unopened.2", ".unopened.99", ".certfs-old", ".certfs-new"};

static void write_beside(const char *ending)
{
    char path[STORE_NAME_SIZE + 16];
    snprintf(path, sizeof(path), "%s%s", name, ending);
    folder_write(folder, path, span_of("of the record"), 0600);
}

/* And nothing of another record, nor what is somebody else's. */
static void what_belongs_to_a_record_goes_with_it(void **state)
{
    (void)state;
    static const char *const others[] = {"README", "generation.x", "notes.unopened"};
    char other[STORE_NAME_SIZE], aside[STORE_NAME_SIZE + 16];
    struct fault f = {0};
    folder_record("b", other);
    snprintf(aside, sizeof(aside), "%s.unopened", other);
    folder_write(folder, other, span_of("another"), 0600);
    folder_write(folder, aside, span_of("another"), 0600);
    for (size_t i = 0; i < COUNT_OF(others); i++)
        folder_write(folder, others[i], span_of("somebody's"), 0600);
    write_beside(".bak");
    for (int with_record = 0; with_record < 2; with_record++) {
        for (size_t i = 0; i < COUNT_OF(beside); i++)
            write_beside(beside[i]);
        if (with_record)
            assert_int_equal(put("x", &f), 0);
        assert_int_equal(removed(), with_record ? STORE_REMOVED_RECORD : STORE_REMOVED_ASIDE);
        assert_int_equal(folder_count(folder), COUNT_OF(others) + 3);
    }
}

/* As kill -9 does it: from the nth call on nothing happens to the disk. */
static void a_removal_that_is_cut_off_anywhere_leaves_all_or_nothing(void **state)
{
    (void)state;
    bool enough = false;
    size_t whole = 0, gone = 0;
    for (size_t nth = 1; !enough; nth++) {
        enum store_removed ignored;
        struct fault f = {0};
        for (size_t i = 0; i < 3; i++)
            write_beside(beside[i]);
        assert_int_equal(put("the record", &f), 0);
        calls_fail_from(nth);
        int result = store_remove(store, name, &ignored, &f);
        enough = !calls_have_failed();
        calls_fail(0);
        reopen_store();
        assert_true(result != 0 || folder_count(folder) == 0);
        assert_true(folder_count(folder) == 0 || folder_count(folder) == 4);
        whole += folder_count(folder) == 4;
        gone += folder_count(folder) == 0;
        if (folder_count(folder) == 4)
            expect_record("the record");
    }
    assert_true(whole > 0 && gone > 3);
}

/* What stands for a removal is not taken for one of the record that came after it. */
static void a_leftover_of_a_removal_does_no_harm_to_a_new_record(void **state)
{
    (void)state;
    struct fault f = {0};
    assert_int_equal(put("the record", &f), 0);
    write_beside(".certfs-gone");
    write_beside(".unopened");
    reopen_store();
    expect_record("the record");
    assert_int_equal(folder_count(folder), 2);
}

static void a_directory_is_nobodys_record_and_stays(void **state)
{
    (void)state;
    struct fault f = {0};
    char aside[STORE_NAME_SIZE + 16];
    snprintf(aside, sizeof(aside), "%s.unopened", name);
    assert_int_equal(mkdirat(folder, name, 0700), 0);
    assert_int_equal(mkdirat(folder, aside, 0700), 0);
    assert_false(store_has(store, name));
    assert_int_equal(removed(), STORE_REMOVED_NOTHING);
    assert_int_equal(folder_count(folder), 2);
    reopen_store();
    assert_int_equal(put("x", &f), -1);
}

static int setup(void **state)
{
    (void)state;
    folder = folder_make();
    folder_record("", name);
    open_store();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    store_freep(&store);
    store = NULL;
    folder_remove(folder);
    return 0;
}

#define A_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(a_removed_record_is_gone),
        A_TEST(a_removal_that_fails_leaves_the_record),
        A_TEST(what_belongs_to_a_record_goes_with_it),
        A_TEST(a_removal_that_is_cut_off_anywhere_leaves_all_or_nothing),
        A_TEST(a_leftover_of_a_removal_does_no_harm_to_a_new_record),
        A_TEST(a_directory_is_nobodys_record_and_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

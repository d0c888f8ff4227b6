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

static void what_was_put_is_there_after_reopening(void **state)
{
    (void)state;
    struct fault f = {0};
    struct stat facts;
    assert_int_equal(put("first", &f), 0);
    expect_record("first");
    assert_int_equal(put("second, which is longer", &f), 0);
    reopen_store();
    expect_record("second, which is longer");
    assert_int_equal(folder_count(folder), 1);
    assert_int_equal(fstatat(folder, name, &facts, 0), 0);
    assert_int_equal(facts.st_mode & 07777, 0600);
}

/* File and directory, before the call returns. */
static void a_record_is_synced_before_it_is_acknowledged(void **state)
{
    (void)state;
    struct fault f = {0};
    size_t before = calls_fsyncs();
    assert_int_equal(put("x", &f), 0);
    assert_true(calls_fsyncs() - before >= 2);
    before = calls_fsyncs();
    assert_int_equal(removed(), STORE_REMOVED_RECORD);
    assert_true(calls_fsyncs() - before >= 1);
}

/* Whichever call fails, alone or with all behind it: the old record or the new one, never between. */
static void a_put_that_fails_anywhere_leaves_the_old_record(void **state)
{
    (void)state;
    for (int lasting = 0; lasting < 2; lasting++) {
        bool enough = false;
        for (size_t nth = 1; !enough; nth++) {
            struct fault f = {0};
            assert_int_equal(put("the old one", &f), 0);
            (lasting ? calls_fail_from : calls_fail)(nth);
            int result = put("the new one", &f);
            enough = !calls_have_failed();
            calls_fail(0);
            if (result != 0)
                assert_int_equal(f.reason, REASON_STORE_FAILED);
            /* With all calls failing even putting back cannot work; then only whole records are promised. */
            if (lasting == 0)
                expect_record(result == 0 ? "the new one" : "the old one");
            reopen_store();
            if (lasting == 0 || result == 0)
                expect_record(result == 0 ? "the new one" : "the old one");
            assert_int_equal(folder_count(folder), 1);
        }
    }
}

static void a_first_put_that_fails_leaves_nothing(void **state)
{
    (void)state;
    bool enough = false;
    for (size_t nth = 1; !enough; nth++) {
        struct fault f = {0};
        calls_fail(nth);
        int result = put("the new one", &f);
        enough = !calls_have_failed();
        calls_fail(0);
        expect_record(result == 0 ? "the new one" : NULL);
        reopen_store();
        expect_record(result == 0 ? "the new one" : NULL);
        removed();
    }
}

static void what_a_crash_left_half_done_goes_at_opening(void **state)
{
    (void)state;
    static const char *const endings[] = {".certfs-new", ".certfs-old", ".certfs-gone"};
    struct fault f = {0};
    assert_int_equal(put("the record", &f), 0);
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        char leftover[STORE_NAME_SIZE + 16];
        snprintf(leftover, sizeof(leftover), "%s%s", name, endings[i]);
        folder_write(folder, leftover, span_of("half"), 0600);
    }
    reopen_store();
    assert_int_equal(folder_count(folder), 1);
    expect_record("the record");
}

static void what_is_not_the_stores_stays_whatever_it_is_called(void **state)
{
    (void)state;
    static const char *const foreign[] = {"important.old", "notes.certfs-gone", "backup.certfs-new", "generation.old"};
    char copy[STORE_NAME_SIZE + 16];
    struct fault f = {0};
    assert_int_equal(put("the record", &f), 0);
    snprintf(copy, sizeof(copy), "%s.old", name);
    folder_write(folder, copy, span_of("a copy"), 0600);
    for (size_t i = 0; i < COUNT_OF(foreign); i++)
        folder_write(folder, foreign[i], span_of("somebody's"), 0600);
    reopen_store();
    assert_int_equal(folder_count(folder), COUNT_OF(foreign) + 2);
    expect_record("the record");
}

static void what_is_put_aside_stays_under_another_name_and_so_does_the_next(void **state)
{
    (void)state;
    static const char *const endings[] = {".unopened", ".unopened.2"};
    static const char *const texts[] = {"unreadable", "unreadable too"};
    struct fault f = {0};
    assert_int_equal(store_put_aside(store, name, span_of(texts[0]), 0, &f), 0);
    assert_int_equal(store_put_aside(store, name, span_of(texts[1]), 0, &f), 0);
    assert_int_equal(store_put_aside(store, name, span_of("the record"), 0, &f), 0);
    reopen_store();
    expect_record("the record");
    for (size_t i = 0; i < 2; i++) {
        CLEANUP(buf_done) struct buf aside = {0};
        char other[STORE_NAME_SIZE + 16];
        snprintf(other, sizeof(other), "%s%s", name, endings[i]);
        assert_true(folder_read(folder, other, &aside));
        expect_text(&aside, texts[i]);
    }
}

static int count_visit(void *context, const char *visited)
{
    size_t *count = context;
    assert_int_equal(strlen(visited), STORE_NAME_SIZE - 1);
    ++*count;
    return *count == 3 ? 42 : 0;
}

static void every_record_and_nothing_else_is_visited(void **state)
{
    (void)state;
    static const char *const ids[] = {"", "a", "b"};
    struct fault f = {0};
    size_t count = 0;
    folder_write(folder, "README", span_of("x"), 0600);
    folder_write(folder, "ABCDEF", span_of("x"), 0600);
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        assert_int_equal(store_each(store, count_visit, &count, &f), 0);
        assert_int_equal(count, i);
        count = 0;
        folder_record(ids[i], name);
        assert_int_equal(put("x", &f), 0);
    }
    assert_int_equal(store_each(store, count_visit, &count, &f), 42);
}

static void a_second_process_cannot_use_the_same_store(void **state)
{
    (void)state;
    struct store *second = NULL;
    struct fault f = {0};
    law_expect(store_open(folder_again(folder), &second, &f), &f, REASON_STORE_FAILED);
    assert_non_null(strstr(f.message, "another certfs"));
    assert_null(second);
}

static void a_store_that_others_can_write_is_refused(void **state)
{
    (void)state;
    static const mode_t modes[] = {0720, 0702, 0777};
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        struct store *second = NULL;
        struct fault f = {0};
        store_freep(&store);
        store = NULL;
        assert_int_equal(fchmod(folder, modes[i]), 0);
        law_expect(store_open(folder_again(folder), &second, &f), &f, REASON_STORE_FAILED);
        assert_non_null(strstr(f.message, "chmod 0700"));
    }
}

static void what_is_no_regular_file_is_no_record(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf found = {0};
    struct fault f = {0};
    assert_int_equal(mkfifoat(folder, name, 0600), 0);
    law_expect(store_get(store, name, &found, &f), &f, REASON_STORE_FAILED);
    assert_int_equal(unlinkat(folder, name, 0), 0);
    fault_clear(&f);
    assert_int_equal(symlinkat("/etc/hostname", folder, name), 0);
    law_expect(store_get(store, name, &found, &f), &f, REASON_STORE_FAILED);
    assert_int_equal(found.len, 0);
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
        A_TEST(what_was_put_is_there_after_reopening),
        A_TEST(a_record_is_synced_before_it_is_acknowledged),
        A_TEST(a_put_that_fails_anywhere_leaves_the_old_record),
        A_TEST(a_first_put_that_fails_leaves_nothing),
        A_TEST(what_a_crash_left_half_done_goes_at_opening),
        A_TEST(what_is_not_the_stores_stays_whatever_it_is_called),
        A_TEST(what_is_put_aside_stays_under_another_name_and_so_does_the_next),
        A_TEST(every_record_and_nothing_else_is_visited),
        A_TEST(a_second_process_cannot_use_the_same_store),
        A_TEST(a_store_that_others_can_write_is_refused),
        A_TEST(what_is_no_regular_file_is_no_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "core/store/dir_store.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/lib/fail_syscalls.h"
#include "tests/unit/lib/folder.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/store_fixture.h"

TEST(a_put_record_is_there_after_reopening)
{
    struct fault f = {0};
    struct stat facts;
    assert_int_equal(stored_put("first", &f), 0);
    stored_expect("first");
    assert_int_equal(stored_put("second, which is longer", &f), 0);
    stored_reopen();
    stored_expect("second, which is longer");
    assert_int_equal(folder_count(stored.folder), 1);
    assert_int_equal(fstatat(stored.folder, stored.name, &facts, 0), 0);
    assert_int_equal(facts.st_mode & 07777, 0600);
}

/* File and directory, before the call returns. */
TEST(a_record_is_synced_before_it_is_acknowledged)
{
    struct fault f = {0};
    size_t before = calls_fsyncs();
    assert_int_equal(stored_put("x", &f), 0);
    assert_true(calls_fsyncs() - before >= 2);
    before = calls_fsyncs();
    assert_int_equal(stored_remove(), DIR_STORE_REMOVED_RECORD);
    assert_true(calls_fsyncs() - before >= 1);
}

/* Whichever call fails, alone or with all behind it: the old record or the new one, never between. */
TEST(a_put_that_fails_anywhere_leaves_the_old_record)
{
    for (int lasting = 0; lasting < 2; lasting++) {
        bool enough = false;
        for (size_t nth = 1; !enough; nth++) {
            struct fault f = {0};
            assert_int_equal(stored_put("the old one", &f), 0);
            (lasting ? calls_fail_from : calls_fail)(nth);
            int result = stored_put("the new one", &f);
            enough = !calls_have_failed();
            calls_fail(0);
            if (result != 0)
                assert_int_equal(f.reason, REASON_STORE_FAILED);
            /* With all calls failing even putting back cannot work; then only whole records are promised. */
            if (lasting == 0)
                stored_expect(result == 0 ? "the new one" : "the old one");
            stored_reopen();
            if (lasting == 0 || result == 0)
                stored_expect(result == 0 ? "the new one" : "the old one");
            assert_int_equal(folder_count(stored.folder), 1);
        }
    }
}

TEST(a_first_put_that_fails_leaves_nothing)
{
    bool enough = false;
    for (size_t nth = 1; !enough; nth++) {
        struct fault f = {0};
        calls_fail(nth);
        int result = stored_put("the new one", &f);
        enough = !calls_have_failed();
        calls_fail(0);
        stored_expect(result == 0 ? "the new one" : NULL);
        stored_reopen();
        stored_expect(result == 0 ? "the new one" : NULL);
        stored_remove();
    }
}

TEST(files_that_a_crash_left_unfinished_go_at_opening)
{
    static const char *const endings[] = {".certfs-new", ".certfs-old", ".certfs-gone"};
    struct fault f = {0};
    assert_int_equal(stored_put("the record", &f), 0);
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        char leftover[DIR_STORE_NAME_SIZE + 16];
        snprintf(leftover, sizeof(leftover), "%s%s", stored.name, endings[i]);
        folder_write(stored.folder, leftover, span_of("half"), 0600);
    }
    stored_reopen();
    assert_int_equal(folder_count(stored.folder), 1);
    stored_expect("the record");
}

TEST(foreign_files_stay_whatever_they_are_called)
{
    static const char *const foreign[] = {"important.old", "notes.certfs-gone", "backup.certfs-new", "generation.old"};
    char copy[DIR_STORE_NAME_SIZE + 16];
    struct fault f = {0};
    assert_int_equal(stored_put("the record", &f), 0);
    snprintf(copy, sizeof(copy), "%s.old", stored.name);
    folder_write(stored.folder, copy, span_of("a copy"), 0600);
    for (size_t i = 0; i < COUNT_OF(foreign); i++)
        folder_write(stored.folder, foreign[i], span_of("somebody's"), 0600);
    stored_reopen();
    assert_int_equal(folder_count(stored.folder), COUNT_OF(foreign) + 2);
    stored_expect("the record");
}

TEST(a_record_put_aside_stays_under_another_name_and_so_does_the_next)
{
    static const char *const endings[] = {".unopened", ".unopened.2"};
    static const char *const texts[] = {"unreadable", "unreadable too"};
    struct fault f = {0};
    assert_int_equal(dir_store_put_aside(stored.store, stored.name, span_of(texts[0]), 0, &f), 0);
    assert_int_equal(dir_store_put_aside(stored.store, stored.name, span_of(texts[1]), 0, &f), 0);
    assert_int_equal(dir_store_put_aside(stored.store, stored.name, span_of("the record"), 0, &f), 0);
    stored_reopen();
    stored_expect("the record");
    for (size_t i = 0; i < 2; i++) {
        CLEANUP(buf_done) struct buf aside = {0};
        char other[DIR_STORE_NAME_SIZE + 16];
        snprintf(other, sizeof(other), "%s%s", stored.name, endings[i]);
        assert_true(folder_read(stored.folder, other, &aside));
        expect_text(&aside, texts[i]);
    }
}

static int count_visit(void *context, const char *visited)
{
    size_t *count = context;
    assert_int_equal(strlen(visited), DIR_STORE_NAME_SIZE - 1);
    ++*count;
    return *count == 3 ? 42 : 0;
}

TEST(every_record_and_nothing_else_is_visited)
{
    static const char *const ids[] = {"", "a", "b"};
    struct fault f = {0};
    size_t count = 0;
    folder_write(stored.folder, "README", span_of("x"), 0600);
    folder_write(stored.folder, "ABCDEF", span_of("x"), 0600);
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        assert_int_equal(dir_store_each(stored.store, count_visit, &count, &f), 0);
        assert_int_equal(count, i);
        count = 0;
        folder_record(ids[i], stored.name);
        assert_int_equal(stored_put("x", &f), 0);
    }
    assert_int_equal(dir_store_each(stored.store, count_visit, &count, &f), 42);
}

TEST(a_second_process_cannot_use_the_same_store)
{
    struct dir_store *second = NULL;
    struct fault f = {0};
    law_expect(dir_store_open(folder_again(stored.folder), false, &second, &f), &f, REASON_STORE_FAILED);
    assert_non_null(strstr(f.message, "another certfs"));
    assert_null(second);
}

TEST(a_store_that_others_can_write_is_refused)
{
    static const mode_t modes[] = {0720, 0702, 0777};
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        struct dir_store *second = NULL;
        struct fault f = {0};
        dir_store_freep(&stored.store);
        stored.store = NULL;
        assert_int_equal(fchmod(stored.folder, modes[i]), 0);
        law_expect(dir_store_open(folder_again(stored.folder), false, &second, &f), &f, REASON_STORE_FAILED);
        assert_non_null(strstr(f.message, "chmod 0700"));
    }
}

TEST(anything_but_a_regular_file_is_not_a_record)
{
    CLEANUP(buf_done) struct buf found = {0};
    struct fault f = {0};
    assert_int_equal(mkfifoat(stored.folder, stored.name, 0600), 0);
    law_expect(dir_store_get(stored.store, stored.name, &found, &f), &f, REASON_STORE_FAILED);
    assert_int_equal(unlinkat(stored.folder, stored.name, 0), 0);
    fault_clear(&f);
    assert_int_equal(symlinkat("/etc/hostname", stored.folder, stored.name), 0);
    law_expect(dir_store_get(stored.store, stored.name, &found, &f), &f, REASON_STORE_FAILED);
    assert_int_equal(found.len, 0);
}

EACH_TEST(stored_setup, stored_teardown);

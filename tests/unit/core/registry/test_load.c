/* load, store and registry together: what was acknowledged is served again, what was not leaves no trace. */
#include "core/registry/load.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/store/kek.h"
#include "tests/unit/lib/fail_syscalls.h"
#include "tests/unit/lib/fixtures.h"
#include "tests/unit/lib/folder.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/load_fixture.h"
#include "tests/unit/lib/names.h"

/* That a set serves this material under this number; NULL: nothing. */
static void expect_served(const char *identifier, const struct material *material, uint64_t number)
{
    CLEANUP(generation_unrefp) struct generation *current = registry_current(loaded.registry, identifier);
    if (material == NULL) {
        assert_null(current);
        return;
    }
    assert_non_null(current);
    assert_true(material_equal(current->material, material));
    assert_int_equal(current->number, number);
    assert_int_equal(current->committed, PKI_NOW);
}

static uint64_t served_number(const char *identifier)
{
    CLEANUP(generation_unrefp) struct generation *current = registry_current(loaded.registry, identifier);
    assert_non_null(current);
    return current->number;
}

TEST(committed_sets_are_served_after_a_restart)
{
    loaded_commit("", NULL, loaded.first);
    loaded_commit("replica-1", NULL, loaded.second);
    loaded_restart();
    assert_int_equal(loaded.reports, 0);
    expect_served("", loaded.first, 1);
    expect_served("replica-1", loaded.second, 2);
    assert_int_equal(registry_number(loaded.registry), 2);
}

TEST(numbers_go_on_after_a_restart_also_behind_a_removal)
{
    struct commit result;
    struct fault f = {0};
    loaded_commit("", NULL, loaded.first);
    loaded_commit("", NULL, loaded.second);
    assert_int_equal(registry_remove(loaded.registry, "", &result, &f), 0);
    uint64_t number = registry_number(loaded.registry);
    loaded_restart();
    expect_served("", NULL, 0);
    assert_int_equal(registry_number(loaded.registry), number);
    assert_int_equal(folder_count(loaded.store_folder), 1); /* the counter's mark */
}

TEST(the_previous_set_can_be_restored_after_a_restart)
{
    struct commit result;
    struct fault f = {0};
    loaded_commit("", NULL, loaded.first);
    loaded_commit("", NULL, loaded.second);
    loaded_restart();
    assert_int_equal(registry_restore(loaded.registry, "", LOADED_NOW, &result, &f), 0);
    expect_served("", loaded.first, 3);
    loaded_restart();
    expect_served("", loaded.first, 3);
}

TEST(an_equal_set_is_not_written_again)
{
    loaded_commit("", NULL, loaded.first);
    loaded_restart();
    size_t before = calls_fsyncs();
    loaded_commit("", NULL, loaded.first);
    assert_int_equal(calls_fsyncs(), before);
    assert_int_equal(registry_number(loaded.registry), 1);
}

/* Whichever call fails, the registry, and the next registry too, have the old set or the new one, as was acknowledged.
 */
TEST(a_commit_that_fails_anywhere_leaves_no_trace)
{
    bool enough = false;
    for (size_t nth = 1; !enough; nth++) {
        struct commit ignored;
        struct fault f = {0};
        loaded_commit("", NULL, loaded.first);
        uint64_t old = served_number(""), new = registry_number(loaded.registry) + 1;
        calls_fail(nth);
        int result = loaded_try_commit("", NULL, loaded.second, &ignored, &f);
        enough = !calls_have_failed();
        calls_fail(0);
        expect_served("", result == 0 ? loaded.second : loaded.first, result == 0 ? new : old);
        loaded_restart();
        expect_served("", result == 0 ? loaded.second : loaded.first, result == 0 ? new : old);
    }
}

TEST(a_removal_that_fails_anywhere_leaves_the_set)
{
    bool enough = false;
    for (size_t nth = 1; !enough; nth++) {
        struct commit removed;
        struct fault f = {0};
        /* A removed set is wiped, so each round has its own. */
        struct pki pki;
        pki_make(&pki, pki_key(4));
        struct material *material = set_material(&pki), *same = set_material(&pki);
        pki_done(&pki);
        loaded_commit("", NULL, material);
        uint64_t old = registry_number(loaded.registry);
        calls_fail(nth);
        int result = registry_remove(loaded.registry, "", &removed, &f);
        law_check(result, &f, (struct span){NULL, 0});
        enough = !calls_have_failed();
        calls_fail(0);
        expect_served("", result == 0 ? NULL : same, old);
        loaded_restart();
        expect_served("", result == 0 ? NULL : same, old);
        material_unref(material);
        material_unref(same);
    }
}

TEST(the_key_is_not_on_disk_in_clear)
{
    CLEANUP(buf_done) struct buf record = {0};
    char name[DIR_STORE_NAME_SIZE];
    loaded_commit("", NULL, loaded.first);
    folder_record("", name);
    assert_true(folder_read(loaded.store_folder, name, &record));
    struct span key = material_bytes(loaded.first, MATERIAL_KEY);
    for (size_t at = 0; at + 16 <= key.len; at += 16)
        assert_false(span_has(buf_span(&record), (struct span){key.data + at, 16}));
    assert_false(span_has(buf_span(&record), span_of("BEGIN")));
}

TEST(a_set_can_have_a_key_of_its_own)
{
    struct commit ignored;
    struct fault f = {0};
    assert_int_equal(kek_create(loaded.keys_folder, "alias/other", &f), 0);
    loaded_commit("Set-1", "alias/other", loaded.first);
    law_expect(loaded_try_commit("b", "absent", loaded.first, &ignored, &f), &f, REASON_KEY_NOT_ACCESSIBLE);
    loaded_restart();
    expect_served("Set-1", loaded.first, 1);
    expect_served("b", NULL, 0);
    assert_int_equal(unlinkat(loaded.keys_folder, "alias.other", 0), 0);
    loaded_restart();
    assert_int_equal(loaded.reports, 1);
    assert_non_null(strstr(loaded.report, "is not served"));
    expect_served("Set-1", NULL, 0);
}

TEST(the_key_of_a_record_that_is_not_served_is_named_whole)
{
    for (size_t i = 0; i < NAMES_COUNT; i++) {
        struct fault f = {0};
        char key[NAMES_SIZE];
        names_make(i, key);
        assert_int_equal(kek_create(loaded.keys_folder, key, &f), 0);
        loaded_commit("set-1", key, loaded.first);
        assert_int_equal(unlinkat(loaded.keys_folder, key, 0), 0);
        loaded_restart();
        assert_int_equal(loaded.reports, 1);
        names_expect_in(loaded.report, key);
        assert_non_null(strstr(loaded.report, " | sha256sum)"));
    }
}

TEST(without_the_key_of_the_root_set_there_is_no_start)
{
    struct fault f = {0};
    assert_int_equal(kek_create(loaded.keys_folder, "root", &f), 0);
    loaded_commit("", "root", loaded.first);
    assert_int_equal(unlinkat(loaded.keys_folder, "root", 0), 0);
    loaded_stop();
    law_expect(loaded_start(PKI_NOW, &f), &f, REASON_KEY_NOT_ACCESSIBLE);
    assert_true(f.os_errno != 0);
}

TEST(a_set_that_expired_meanwhile_is_served_all_the_same)
{
    struct fault f = {0};
    loaded_commit("", NULL, loaded.first);
    loaded_stop();
    assert_int_equal(loaded_start(PKI_NOW + 1000 * (int64_t)PKI_DAY, &f), 0);
    assert_int_equal(loaded.reports, 0);
    expect_served("", loaded.first, 1);
}

TEST(a_record_under_another_name_is_not_that_set)
{
    CLEANUP(buf_done) struct buf record = {0};
    char name[DIR_STORE_NAME_SIZE], other[DIR_STORE_NAME_SIZE];
    loaded_commit("Set-1", NULL, loaded.first);
    folder_record("set-1", name);
    folder_record("b", other);
    assert_true(folder_read(loaded.store_folder, name, &record));
    folder_write(loaded.store_folder, other, buf_span(&record), 0600);
    loaded_restart();
    assert_int_equal(loaded.reports, 1);
    expect_served("Set-1", loaded.first, 1);
    expect_served("b", NULL, 0);
}

TEST(a_damaged_record_is_reported_and_stays)
{
    CLEANUP(buf_done) struct buf record = {0}, after = {0};
    char name[DIR_STORE_NAME_SIZE];
    loaded_commit("Set-1", NULL, loaded.first);
    loaded_commit("b", NULL, loaded.second);
    folder_record("set-1", name);
    assert_true(folder_read(loaded.store_folder, name, &record));
    record.data[record.len - 5] ^= 4;
    folder_write(loaded.store_folder, name, buf_span(&record), 0600);
    loaded_restart();
    assert_int_equal(loaded.reports, 1);
    expect_served("Set-1", NULL, 0);
    expect_served("b", loaded.second, 2);
    assert_true(folder_read(loaded.store_folder, name, &after));
    assert_true(span_equal(buf_span(&record), buf_span(&after)));
}

TEST(nothing_of_a_damaged_record_is_lost_when_its_set_is_imported_again)
{
    CLEANUP(buf_done) struct buf aside = {0};
    char name[DIR_STORE_NAME_SIZE], other[DIR_STORE_NAME_SIZE + 16];
    folder_record("set-1", name);
    snprintf(other, sizeof(other), "%s.unopened", name);
    folder_write(loaded.store_folder, name, span_of("no record"), 0600);
    loaded_restart();
    loaded_commit("Set-1", NULL, loaded.first);
    assert_true(folder_read(loaded.store_folder, other, &aside));
    expect_text(&aside, "no record");
    uint64_t number = served_number("Set-1");
    loaded_restart();
    expect_served("Set-1", loaded.first, number);
}

EACH_TEST(loaded_setup, loaded_teardown);
ALL_TESTS(start_core, NULL);

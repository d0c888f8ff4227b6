/* load, archive and vault together: what was acknowledged is served again, what was not leaves no trace. */
#include "core/load.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>

#include "core/json.h"
#include "core/kek.h"
#include "core/memory.h"
#include "tests/unit/alloc.h"
#include "tests/unit/calls.h"
#include "tests/unit/folder.h"
#include "tests/unit/harness.h"
#include "tests/unit/sets.h"

static const struct moment now = {.wall = PKI_NOW, .steady = 1};
static struct material *first, *second;
static int store_folder, keys_folder;
static struct vault *vault;
static char last_report[200];
static size_t reports;

static void report(void *context, const char *name, const char *sentence)
{
    (void)context;
    (void)name;
    reports++;
    snprintf(last_report, sizeof(last_report), "%s", sentence);
}

/* Opens the archive and fills a new vault. */
static int start(int64_t wall, struct fault *f)
{
    const struct archive_place place = {
        .store_fd = folder_again(store_folder), .keys_fd = folder_again(keys_folder), .default_id = "certfs"};
    struct archive *archive = NULL;
    struct fault none = {0};
    reports = 0;
    assert_int_equal(vault_new(&vault, &none), 0);
    int result = archive_open(&place, &archive, f);
    if (result == 0 && load_vault(vault, archive, (struct moment){wall, 1}, report, NULL, f) != 0) {
        archive_freep(&archive);
        result = -1;
    }
    law_check(result, f, (struct span){NULL, 0});
    assert_int_equal(ERR_peek_error(), 0);
    if (result != 0) {
        vault_freep(&vault);
        vault = NULL;
    }
    return result;
}

static void stop_vault(void)
{
    vault_freep(&vault);
    vault = NULL;
}

static void restart(void)
{
    struct fault f = {0};
    stop_vault();
    if (start(PKI_NOW, &f) != 0)
        fail_msg("%s: %s", reason_name(f.reason), f.message);
}

static int commit(const char *identifier, const char *key_id, struct material *material, struct fault *f)
{
    struct commit result;
    struct vault_entry entry = set_entry(identifier, material);
    entry.key_id = key_id;
    int done = vault_commit(vault, &entry, now, &result, f);
    law_check(done, f, (struct span){NULL, 0});
    return done;
}

static void must_commit(const char *identifier, struct material *material)
{
    struct fault f = {0};
    if (commit(identifier, NULL, material, &f) != 0)
        fail_msg("%s: %s", reason_name(f.reason), f.message);
}

/* That a set serves this material under this number; NULL: nothing. */
static void expect_served(const char *identifier, const struct material *material, uint64_t number)
{
    CLEANUP(generation_unrefp) struct generation *current = vault_current(vault, identifier);
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
    CLEANUP(generation_unrefp) struct generation *current = vault_current(vault, identifier);
    assert_non_null(current);
    return current->number;
}

static void what_was_committed_is_served_after_a_restart(void **state)
{
    (void)state;
    must_commit("", first);
    must_commit("replica-1", second);
    restart();
    assert_int_equal(reports, 0);
    expect_served("", first, 1);
    expect_served("replica-1", second, 2);
    assert_int_equal(vault_number(vault), 2);
}

static void numbers_go_on_after_a_restart_also_behind_a_removal(void **state)
{
    (void)state;
    struct commit result;
    struct fault f = {0};
    must_commit("", first);
    must_commit("", second);
    assert_int_equal(vault_remove(vault, "", &result, &f), 0);
    uint64_t number = vault_number(vault);
    restart();
    expect_served("", NULL, 0);
    assert_int_equal(vault_number(vault), number);
    assert_int_equal(folder_count(store_folder), 1); /* the counter's mark */
}

static void the_previous_set_can_be_restored_after_a_restart(void **state)
{
    (void)state;
    struct commit result;
    struct fault f = {0};
    must_commit("", first);
    must_commit("", second);
    restart();
    assert_int_equal(vault_restore(vault, "", now, &result, &f), 0);
    expect_served("", first, 3);
    restart();
    expect_served("", first, 3);
}

static void an_equal_set_is_not_written_again(void **state)
{
    (void)state;
    must_commit("", first);
    restart();
    size_t before = calls_fsyncs();
    must_commit("", first);
    assert_int_equal(calls_fsyncs(), before);
    assert_int_equal(vault_number(vault), 1);
}

/* Whichever call fails, the vault, and the next vault too, have the old set or the new one, as was acknowledged. */
static void a_commit_that_fails_anywhere_leaves_no_trace(void **state)
{
    (void)state;
    bool enough = false;
    for (size_t nth = 1; !enough; nth++) {
        struct fault f = {0};
        must_commit("", first);
        uint64_t old = served_number(""), new = vault_number(vault) + 1;
        calls_fail(nth);
        int result = commit("", NULL, second, &f);
        enough = !calls_have_failed();
        calls_fail(0);
        expect_served("", result == 0 ? second : first, result == 0 ? new : old);
        restart();
        expect_served("", result == 0 ? second : first, result == 0 ? new : old);
    }
}

static void a_removal_that_fails_anywhere_leaves_the_set(void **state)
{
    (void)state;
    bool enough = false;
    for (size_t nth = 1; !enough; nth++) {
        struct commit removed;
        struct fault f = {0};
        /* What was removed is wiped, so each round has a set of its own. */
        struct pki pki;
        pki_make(&pki, pki_key(4));
        struct material *material = set_material(&pki), *same = set_material(&pki);
        pki_done(&pki);
        must_commit("", material);
        uint64_t old = vault_number(vault);
        calls_fail(nth);
        int result = vault_remove(vault, "", &removed, &f);
        law_check(result, &f, (struct span){NULL, 0});
        enough = !calls_have_failed();
        calls_fail(0);
        expect_served("", result == 0 ? NULL : same, old);
        restart();
        expect_served("", result == 0 ? NULL : same, old);
        material_unref(material);
        material_unref(same);
    }
}

static void the_key_is_not_on_disk_in_clear(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf record = {0};
    char name[STORE_NAME_SIZE];
    must_commit("", first);
    folder_record("", name);
    assert_true(folder_read(store_folder, name, &record));
    struct span key = material_bytes(first, MATERIAL_KEY);
    for (size_t at = 0; at + 16 <= key.len; at += 16)
        assert_false(span_has(buf_span(&record), (struct span){key.data + at, 16}));
    assert_false(span_has(buf_span(&record), span_of("BEGIN")));
}

static void a_set_can_have_a_key_of_its_own(void **state)
{
    (void)state;
    struct fault f = {0};
    assert_int_equal(kek_create(keys_folder, "alias/other", &f), 0);
    law_expect(commit("Set-1", "alias/other", first, &f), &f, REASON_NONE);
    law_expect(commit("b", "absent", first, &f), &f, REASON_KEY_NOT_ACCESSIBLE);
    restart();
    expect_served("Set-1", first, 1);
    expect_served("b", NULL, 0);
    assert_int_equal(unlinkat(keys_folder, "alias.other", 0), 0);
    restart();
    assert_int_equal(reports, 1);
    assert_non_null(strstr(last_report, "is not served"));
    expect_served("Set-1", NULL, 0);
}

static void without_the_key_of_the_root_set_there_is_no_start(void **state)
{
    (void)state;
    struct fault f = {0};
    assert_int_equal(kek_create(keys_folder, "root", &f), 0);
    assert_int_equal(commit("", "root", first, &f), 0);
    assert_int_equal(unlinkat(keys_folder, "root", 0), 0);
    stop_vault();
    law_expect(start(PKI_NOW, &f), &f, REASON_KEY_NOT_ACCESSIBLE);
    assert_true(f.os_errno != 0);
}

static void what_has_expired_meanwhile_is_served_all_the_same(void **state)
{
    (void)state;
    struct fault f = {0};
    must_commit("", first);
    stop_vault();
    assert_int_equal(start(PKI_NOW + 1000 * (int64_t)PKI_DAY, &f), 0);
    assert_int_equal(reports, 0);
    expect_served("", first, 1);
}

static void a_record_under_another_name_is_not_that_set(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf record = {0};
    char name[STORE_NAME_SIZE], other[STORE_NAME_SIZE];
    must_commit("Set-1", first);
    folder_record("set-1", name);
    folder_record("b", other);
    assert_true(folder_read(store_folder, name, &record));
    folder_write(store_folder, other, buf_span(&record), 0600);
    restart();
    assert_int_equal(reports, 1);
    expect_served("Set-1", first, 1);
    expect_served("b", NULL, 0);
}

static void a_damaged_record_is_reported_and_stays(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf record = {0}, after = {0};
    char name[STORE_NAME_SIZE];
    must_commit("Set-1", first);
    must_commit("b", second);
    folder_record("set-1", name);
    assert_true(folder_read(store_folder, name, &record));
    record.data[record.len - 5] ^= 4;
    folder_write(store_folder, name, buf_span(&record), 0600);
    restart();
    assert_int_equal(reports, 1);
    expect_served("Set-1", NULL, 0);
    expect_served("b", second, 2);
    assert_true(folder_read(store_folder, name, &after));
    assert_true(span_equal(buf_span(&record), buf_span(&after)));
}

static void nothing_of_a_damaged_record_is_lost_when_its_set_is_imported_again(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf aside = {0};
    char name[STORE_NAME_SIZE], other[STORE_NAME_SIZE + 16];
    folder_record("set-1", name);
    snprintf(other, sizeof(other), "%s.unopened", name);
    folder_write(store_folder, name, span_of("no record"), 0600);
    restart();
    must_commit("Set-1", first);
    assert_true(folder_read(store_folder, other, &aside));
    expect_text(&aside, "no record");
    uint64_t number = served_number("Set-1");
    restart();
    expect_served("Set-1", first, number);
}

static int setup(void **state)
{
    (void)state;
    struct fault f = {0};
    store_folder = folder_make();
    keys_folder = folder_make();
    assert_int_equal(kek_create(keys_folder, "certfs", &f), 0);
    struct pki pki;
    pki_make(&pki, pki_key(2));
    first = set_material(&pki);
    pki_done(&pki);
    pki_make(&pki, pki_key(3));
    second = set_material(&pki);
    pki_done(&pki);
    return start(PKI_NOW, &f);
}

static int teardown(void **state)
{
    (void)state;
    stop_vault();
    material_unrefp(&first);
    material_unrefp(&second);
    folder_remove(store_folder);
    folder_remove(keys_folder);
    return 0;
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    if (memory_init() != 0)
        return 1;
    json_init();
    const struct CMUnitTest tests[] = {
        A_TEST(what_was_committed_is_served_after_a_restart),
        A_TEST(numbers_go_on_after_a_restart_also_behind_a_removal),
        A_TEST(the_previous_set_can_be_restored_after_a_restart),
        A_TEST(an_equal_set_is_not_written_again),
        A_TEST(a_commit_that_fails_anywhere_leaves_no_trace),
        A_TEST(a_removal_that_fails_anywhere_leaves_the_set),
        A_TEST(the_key_is_not_on_disk_in_clear),
        A_TEST(a_set_can_have_a_key_of_its_own),
        A_TEST(without_the_key_of_the_root_set_there_is_no_start),
        A_TEST(what_has_expired_meanwhile_is_served_all_the_same),
        A_TEST(a_record_under_another_name_is_not_that_set),
        A_TEST(a_damaged_record_is_reported_and_stays),
        A_TEST(nothing_of_a_damaged_record_is_lost_when_its_set_is_imported_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Numbers over restarts: none is given twice, whatever opens, whatever is copied in, whatever became of the mark. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/json.h"
#include "core/kek.h"
#include "core/load.h"
#include "core/memory.h"
#include "tests/unit/calls.h"
#include "tests/unit/folder.h"
#include "tests/unit/harness.h"
#include "tests/unit/sets.h"

static const struct moment now = {.wall = PKI_NOW, .steady = 1};
static struct material *first, *second;
static int store_folder, keys_folder;
static struct vault *vault;
static char reported[512], reported_about[64];
static size_t reports;

static void report(void *context, const char *name, const char *sentence)
{
    (void)context;
    snprintf(reported_about, sizeof(reported_about), "%s", name);
    reports++;
    snprintf(reported, sizeof(reported), "%s", sentence);
}

static struct archive *open_archive(void)
{
    const struct archive_place place = {
        .store_fd = folder_again(store_folder), .keys_fd = folder_again(keys_folder), .default_id = "certfs"};
    struct archive *archive = NULL;
    struct fault f = {0};
    law_expect(archive_open(&place, &archive, &f), &f, REASON_NONE);
    return archive;
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
    reports = 0;
    reported[0] = '\0';
    law_expect(vault_new(&vault, &f), &f, REASON_NONE);
    law_expect(load_vault(vault, open_archive(), now, report, NULL, &f), &f, REASON_NONE);
}

static uint64_t commit(const char *identifier, const char *key_id, struct material *material)
{
    struct vault_entry entry = set_entry(identifier, material);
    struct commit result;
    struct fault f = {0};
    entry.key_id = key_id;
    law_expect(vault_commit(vault, &entry, now, &result, &f), &f, REASON_NONE);
    return result.generation;
}

static struct commit remove_set(const char *identifier)
{
    struct commit result;
    struct fault f = {0};
    law_expect(vault_remove(vault, identifier, &result, &f), &f, REASON_NONE);
    return result;
}

/* A record past the vault, as another host, or an older certfs, may have left it. */
static void put(const char *identifier, uint64_t set, uint64_t number)
{
    struct archive *archive = open_archive();
    CLEANUP(resource_unrefp) struct resource *resource = resource_new(identifier, set, set_arn(), PKI_NOW);
    CLEANUP(generation_unrefp)
    struct generation *generation = generation_new(number, PKI_NOW, first, resource, "certfs");
    const struct record record = {.generation = generation, .previous = second};
    struct fault f = {0};
    law_expect(archive_put(archive, &record, false, &f), &f, REASON_NONE);
    archive_freep(&archive);
}

/* As an older certfs leaves it, which had no mark but behind a removal. */
static void remove_marks(void)
{
    char name[32];
    for (uint64_t number = 1; number < 100; number++) {
        snprintf(name, sizeof(name), "generation.%d", (int)number);
        (void)!unlinkat(store_folder, name, 0);
    }
}

static bool has_mark(uint64_t number)
{
    char name[48];
    struct stat st;
    snprintf(name, sizeof(name), "generation.%llu", (unsigned long long)number);
    return fstatat(store_folder, name, &st, 0) == 0;
}

/* "SET/GENERATION", "" for nothing. */
static const char *numbers(const char *identifier)
{
    static char text[64];
    CLEANUP(generation_unrefp) struct generation *current = vault_current(vault, identifier);
    text[0] = '\0';
    if (current != NULL)
        snprintf(text, sizeof(text), "%llu/%llu", (unsigned long long)current->resource->set,
                 (unsigned long long)current->number);
    return text;
}

static void key_away(const char *id, struct buf *ret)
{
    assert_true(folder_read(keys_folder, id, ret));
    assert_int_equal(unlinkat(keys_folder, id, 0), 0);
}

static void a_number_is_not_given_again_while_its_record_does_not_open(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf key = {0};
    assert_int_equal(commit("", NULL, first), 1);
    assert_int_equal(commit("Set-1", "other", second), 2);
    key_away("other", &key);
    restart();
    assert_int_equal(reports, 1);
    assert_int_equal(vault_number(vault), 2);
    assert_int_equal(commit("", NULL, second), 3);
    assert_int_equal(commit("Set-2", NULL, second), 4);
    folder_write(keys_folder, "other", buf_span(&key), 0400);
    restart();
    assert_int_equal(reports, 0);
    assert_string_equal(numbers(""), "0/3");
    assert_string_equal(numbers("Set-1"), "2/2");
    assert_string_equal(numbers("Set-2"), "4/4");
}

static void without_a_mark_numbers_leap_over_what_does_not_open(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf key = {0};
    commit("", NULL, first);
    commit("Set-1", "other", second);
    stop_vault();
    remove_marks();
    key_away("other", &key);
    restart();
    uint64_t number = vault_number(vault);
    assert_true(number > 1000000 && has_mark(number));
    restart();
    assert_int_equal(vault_number(vault), number);
    assert_int_equal(commit("", NULL, second), number + 1);
    folder_write(keys_folder, "other", buf_span(&key), 0400);
    restart();
    assert_string_equal(numbers("Set-1"), "2/2");
    assert_int_equal(vault_number(vault), number + 1);
}

/* Where all open, what an older certfs left is as it was, and has a mark from then on. */
static void the_store_of_an_older_certfs_goes_on_where_it_was(void **state)
{
    (void)state;
    stop_vault();
    put("", 0, 5);
    put("Set-1", 3, 4);
    remove_marks();
    folder_write(store_folder, "generation", span_of("7\n"), 0600);
    restart();
    assert_int_equal(reports, 0);
    assert_string_equal(numbers(""), "0/5");
    assert_string_equal(numbers("Set-1"), "3/4");
    assert_int_equal(vault_number(vault), 7);
    assert_true(has_mark(7));
    assert_int_equal(commit("Set-2", NULL, second), 8);
}

/* Whose number is taken, or cannot be, gets a new one, and has it from then on. */
static void only_a_name_may_collide(void **state)
{
    (void)state;
    static const char *const names[] = {"", "Set-1", "Set-2", "Set-3", "Set-4", "Set-5", "Set-6", "Set-7"};
    static const uint64_t highest = UINT64_C(1) << 48;
    char before[COUNT_OF(names)][64];
    stop_vault();
    put("", 0, 5);
    put("Set-1", 3, 5);
    put("Set-2", 3, 6);
    put("Set-3", 3, 5);
    put("Set-4", 40, 7);
    put("Set-5", 0, 0);
    put("Set-6", UINT64_C(1) << 53, 8);
    put("Set-7", 2, UINT64_C(1) << 53);
    remove_marks();
    assert_int_equal(unlinkat(store_folder, "generation.9007199254740992", 0), 0);
    restart();
    assert_int_equal(reports, 0);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        CLEANUP(generation_unrefp) struct generation *a = vault_current(vault, names[i]);
        assert_non_null(a);
        assert_true(a->number > 0 && a->number < highest && a->resource->set < highest);
        assert_true((a->resource->set == 0) == (i == 0));
        for (size_t j = 0; j < i; j++) {
            CLEANUP(generation_unrefp) struct generation *b = vault_current(vault, names[j]);
            assert_int_not_equal(a->number, b->number);
            assert_int_not_equal(a->resource->set, b->resource->set);
        }
        snprintf(before[i], sizeof(before[i]), "%s", numbers(names[i]));
    }
    assert_string_equal(numbers("Set-4"), "40/7");
    assert_true(vault_number(vault) >= 40);
    uint64_t number = vault_number(vault);
    for (int again = 0; again < 2; again++) {
        restart();
        assert_int_equal(reports, 0);
        assert_int_equal(vault_number(vault), number);
        for (size_t i = 0; i < COUNT_OF(names); i++)
            assert_string_equal(numbers(names[i]), before[i]);
    }
    struct commit result;
    struct fault f = {0};
    for (size_t i = 0; i < COUNT_OF(names); i++) { /* the previous sets are there, and what is new has new numbers */
        law_expect(vault_restore(vault, names[i], now, &result, &f), &f, REASON_NONE);
        assert_int_equal(result.generation, ++number);
    }
    assert_int_equal(commit("Set-8", NULL, first), ++number);
}

enum { CALLS_OF_READING = 1 + 2 * 2 }; /* openat: of the directory, of each record, and of its key */

static void a_new_number_that_cannot_be_stored_is_reported_and_the_set_is_served(void **state)
{
    (void)state;
    stop_vault();
    put("Set-1", 3, 5);
    put("Set-2", 3, 5);
    struct archive *archive = open_archive();
    struct fault f = {0};
    assert_int_equal(vault_new(&vault, &f), 0);
    calls_fail_from(CALLS_OF_READING + 1);
    law_expect(load_vault(vault, archive, now, report, NULL, &f), &f, REASON_NONE);
    calls_fail(0);
    assert_int_equal(reports, 1);
    assert_non_null(strstr(reported, "cannot be stored"));
    assert_int_equal(vault_count(vault), 2);
}

static void a_mark_that_is_no_number_is_reported_and_starts_all_the_same(void **state)
{
    (void)state;
    commit("", NULL, first);
    commit("Set-1", NULL, second);
    stop_vault();
    remove_marks();
    assert_int_equal(mkdirat(store_folder, "generation", 0700), 0);
    restart();
    assert_int_equal(reports, 1);
    assert_non_null(strstr(reported, "a file generation in STORE holds no number"));
    assert_string_equal(reported_about, "generation");
    assert_string_equal(numbers("Set-1"), "2/2");
    assert_true(vault_number(vault) > 1000000);
}

static void a_mark_below_the_records_does_no_harm(void **state)
{
    (void)state;
    for (int i = 1; i <= 9; i++)
        commit("", NULL, i % 2 == 0 ? first : second);
    stop_vault();
    assert_int_equal(renameat(store_folder, "generation.9", store_folder, "generation.2"), 0);
    restart();
    assert_int_equal(reports, 0);
    assert_int_equal(vault_number(vault), 9);
    assert_true(has_mark(9) && !has_mark(2));
}

/* ---- removals ---- */

static void what_did_not_open_is_removed_with_its_set(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf key = {0};
    commit("Set-1", "other", first);
    key_away("other", &key);
    restart();
    assert_string_equal(numbers("Set-1"), "");
    struct commit removed = remove_set("SET-1");
    assert_true(removed.changed && removed.unopened_removed && !removed.record_missing);
    assert_int_equal(folder_count(store_folder), 1);
    assert_false(remove_set("Set-1").changed);
    folder_write(keys_folder, "other", buf_span(&key), 0400);
    restart();
    assert_string_equal(numbers("Set-1"), "");
    assert_int_equal(vault_number(vault), removed.generation);
}

static void a_set_whose_record_is_missing_is_removed_all_the_same(void **state)
{
    (void)state;
    static const char *const names[] = {"", "Set-1"}, *const folded[] = {"", "set-1"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char name[STORE_NAME_SIZE];
        commit(names[i], NULL, first);
        folder_record(folded[i], name);
        assert_int_equal(unlinkat(store_folder, name, 0), 0);
        struct commit removed = remove_set(names[i]);
        assert_true(removed.changed && removed.record_missing && !removed.unopened_removed);
        assert_string_equal(numbers(names[i]), "");
    }
    restart();
    assert_int_equal(vault_number(vault), 4);
}

/* What was acknowledged as unchanged is on disk. */
static void a_record_that_is_missing_is_written_again_by_an_import_that_changes_nothing(void **state)
{
    (void)state;
    struct vault_entry entry = set_entry("Set-1", first);
    struct commit result;
    struct fault f = {0};
    char name[STORE_NAME_SIZE];
    commit("Set-1", NULL, first);
    folder_record("set-1", name);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(unlinkat(store_folder, name, 0), 0);
        if (i < 2)
            law_expect(vault_commit(vault, &entry, now, &result, &f), &f, REASON_NONE);
        else if (i == 2)
            law_expect(vault_retag(vault, "Set-1", NULL, &result, &f), &f, REASON_NONE);
        else
            assert_int_equal(commit("Set-1", NULL, second), 2);
        assert_true(i == 3 || (result.record_missing && !result.changed && result.generation == 1));
        restart();
        assert_string_equal(numbers("Set-1"), i < 3 ? "1/1" : "1/2");
    }
    law_expect(vault_commit(vault, &entry, now, &result, &f), &f, REASON_NONE);
    assert_false(result.record_missing);
}

static int setup(void **state)
{
    (void)state;
    struct fault f = {0};
    struct pki pki;
    store_folder = folder_make();
    keys_folder = folder_make();
    assert_int_equal(kek_create(keys_folder, "certfs", &f), 0);
    assert_int_equal(kek_create(keys_folder, "other", &f), 0);
    pki_make(&pki, pki_key(2));
    first = set_material(&pki);
    pki_done(&pki);
    pki_make(&pki, pki_key(3));
    second = set_material(&pki);
    pki_done(&pki);
    restart();
    return 0;
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
        A_TEST(a_number_is_not_given_again_while_its_record_does_not_open),
        A_TEST(without_a_mark_numbers_leap_over_what_does_not_open),
        A_TEST(the_store_of_an_older_certfs_goes_on_where_it_was),
        A_TEST(only_a_name_may_collide),
        A_TEST(a_new_number_that_cannot_be_stored_is_reported_and_the_set_is_served),
        A_TEST(a_mark_that_is_no_number_is_reported_and_starts_all_the_same),
        A_TEST(a_mark_below_the_records_does_no_harm),
        A_TEST(what_did_not_open_is_removed_with_its_set),
        A_TEST(a_set_whose_record_is_missing_is_removed_all_the_same),
        A_TEST(a_record_that_is_missing_is_written_again_by_an_import_that_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

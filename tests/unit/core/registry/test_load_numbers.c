/* Numbers over restarts: none is given twice, whatever opens, whatever is copied in, whatever became of the mark. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/draft/restore.h"
#include "core/registry/load.h"
#include "tests/unit/lib/fail_syscalls.h"
#include "tests/unit/lib/fixtures.h"
#include "tests/unit/lib/folder.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/load_fixture.h"

static struct commit remove_set(const char *identifier)
{
    struct commit result;
    struct fault f = {0};
    law_expect(registry_remove(loaded.registry, identifier, &result, &f), &f, REASON_NONE);
    return result;
}

/* A record past the registry, as another host, or an older certfs, may have left it. */
static void put(const char *identifier, uint64_t set, uint64_t number)
{
    struct store *store = loaded_archive();
    CLEANUP(resource_unrefp) struct resource *resource = resource_new(identifier, set, set_arn(), PKI_NOW);
    CLEANUP(generation_unrefp)
    struct generation *generation = generation_new(number, PKI_NOW, loaded.first, resource, "certfs");
    const struct record record = {.generation = generation, .previous = loaded.second};
    struct fault f = {0};
    law_expect(store_put(store, &record, 0, &f), &f, REASON_NONE);
    store_freep(&store);
}

/* As an older certfs leaves it, which had no mark but behind a removal. */
static void remove_marks(void)
{
    for (uint64_t number = 1; number < 100; number++)
        loaded_remove_mark(number);
}

/* "SET/GENERATION", "" for nothing. */
static const char *numbers(const char *identifier)
{
    static char text[64];
    CLEANUP(generation_unrefp) struct generation *current = registry_current(loaded.registry, identifier);
    text[0] = '\0';
    if (current != NULL)
        snprintf(text, sizeof(text), "%llu/%llu", (unsigned long long)current->resource->set,
                 (unsigned long long)current->number);
    return text;
}

TEST(a_number_is_not_given_again_while_its_record_does_not_open)
{
    CLEANUP(buf_done) struct buf key = {0};
    assert_int_equal(loaded_commit("", NULL, loaded.first), 1);
    assert_int_equal(loaded_commit("Set-1", "other", loaded.second), 2);
    loaded_take_key("other", &key);
    loaded_restart();
    assert_int_equal(loaded.reports, 1);
    assert_int_equal(registry_number(loaded.registry), 2);
    assert_int_equal(loaded_commit("", NULL, loaded.second), 3);
    assert_int_equal(loaded_commit("Set-2", NULL, loaded.second), 4);
    folder_write(loaded.keys_folder, "other", buf_span(&key), 0400);
    loaded_restart();
    assert_int_equal(loaded.reports, 0);
    assert_string_equal(numbers(""), "0/3");
    assert_string_equal(numbers("Set-1"), "2/2");
    assert_string_equal(numbers("Set-2"), "4/4");
}

TEST(without_a_mark_numbers_leap_over_what_does_not_open)
{
    CLEANUP(buf_done) struct buf key = {0};
    loaded_commit("", NULL, loaded.first);
    loaded_commit("Set-1", "other", loaded.second);
    loaded_stop();
    remove_marks();
    loaded_take_key("other", &key);
    loaded_restart();
    uint64_t number = registry_number(loaded.registry);
    assert_true(number > 1000000 && loaded_has_mark(number));
    loaded_restart();
    assert_int_equal(registry_number(loaded.registry), number);
    assert_int_equal(loaded_commit("", NULL, loaded.second), number + 1);
    folder_write(loaded.keys_folder, "other", buf_span(&key), 0400);
    loaded_restart();
    assert_string_equal(numbers("Set-1"), "2/2");
    assert_int_equal(registry_number(loaded.registry), number + 1);
}

/* Where all open, what an older certfs left is as it was, and has a mark from then on. */
TEST(the_store_of_an_older_certfs_goes_on_where_it_was)
{
    loaded_stop();
    put("", 0, 5);
    put("Set-1", 3, 4);
    remove_marks();
    folder_write(loaded.store_folder, "generation", span_of("7\n"), 0600);
    loaded_restart();
    assert_int_equal(loaded.reports, 0);
    assert_string_equal(numbers(""), "0/5");
    assert_string_equal(numbers("Set-1"), "3/4");
    assert_int_equal(registry_number(loaded.registry), 7);
    assert_true(loaded_has_mark(7));
    assert_int_equal(loaded_commit("Set-2", NULL, loaded.second), 8);
}

/* Whose number is taken, or cannot be, gets a new one, and has it from then on. */
TEST(only_a_name_may_collide)
{
    static const char *const names[] = {"", "Set-1", "Set-2", "Set-3", "Set-4", "Set-5", "Set-6", "Set-7"};
    static const uint64_t highest = UINT64_C(1) << 48;
    char before[COUNT_OF(names)][64];
    loaded_stop();
    put("", 0, 5);
    put("Set-1", 3, 5);
    put("Set-2", 3, 6);
    put("Set-3", 3, 5);
    put("Set-4", 40, 7);
    put("Set-5", 0, 0);
    put("Set-6", UINT64_C(1) << 53, 8);
    put("Set-7", 2, UINT64_C(1) << 53);
    remove_marks();
    assert_int_equal(unlinkat(loaded.store_folder, "generation.9007199254740992", 0), 0);
    loaded_restart();
    assert_int_equal(loaded.reports, 0);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        CLEANUP(generation_unrefp) struct generation *a = registry_current(loaded.registry, names[i]);
        assert_non_null(a);
        assert_true(a->number > 0 && a->number < highest && a->resource->set < highest);
        assert_true((a->resource->set == 0) == (i == 0));
        for (size_t j = 0; j < i; j++) {
            CLEANUP(generation_unrefp) struct generation *b = registry_current(loaded.registry, names[j]);
            assert_int_not_equal(a->number, b->number);
            assert_int_not_equal(a->resource->set, b->resource->set);
        }
        snprintf(before[i], sizeof(before[i]), "%s", numbers(names[i]));
    }
    assert_string_equal(numbers("Set-4"), "40/7");
    assert_true(registry_number(loaded.registry) >= 40);
    uint64_t number = registry_number(loaded.registry);
    for (int again = 0; again < 2; again++) {
        loaded_restart();
        assert_int_equal(loaded.reports, 0);
        assert_int_equal(registry_number(loaded.registry), number);
        for (size_t i = 0; i < COUNT_OF(names); i++)
            assert_string_equal(numbers(names[i]), before[i]);
    }
    struct commit result;
    struct fault f = {0};
    for (size_t i = 0; i < COUNT_OF(names); i++) { /* the previous sets are there, and what is new has new numbers */
        law_expect(registry_restore(loaded.registry, names[i], LOADED_NOW, &result, &f), &f, REASON_NONE);
        assert_int_equal(result.generation, ++number);
    }
    assert_int_equal(loaded_commit("Set-8", NULL, loaded.first), ++number);
}

enum { CALLS_OF_READING = 1 + 2 * 2 }; /* openat: of the directory, of each record, and of its key */

TEST(a_new_number_that_cannot_be_stored_is_reported_and_the_set_is_served)
{
    loaded_stop();
    put("Set-1", 3, 5);
    put("Set-2", 3, 5);
    struct store *store = loaded_archive();
    struct fault f = {0};
    assert_int_equal(registry_new(&loaded.registry, &f), 0);
    calls_fail_from(CALLS_OF_READING + 1);
    law_expect(registry_load(loaded.registry, store, LOADED_NOW, restore_record, loaded_report, NULL, &f), &f,
               REASON_NONE);
    calls_fail(0);
    assert_int_equal(loaded.reports, 1);
    assert_non_null(strstr(loaded.report, "cannot be stored"));
    assert_int_equal(registry_count(loaded.registry), 2);
}

TEST(a_mark_that_is_no_number_is_reported_and_starts_all_the_same)
{
    loaded_commit("", NULL, loaded.first);
    loaded_commit("Set-1", NULL, loaded.second);
    loaded_stop();
    remove_marks();
    assert_int_equal(mkdirat(loaded.store_folder, "generation", 0700), 0);
    loaded_restart();
    assert_int_equal(loaded.reports, 1);
    assert_non_null(strstr(loaded.report, "a file generation in STORE holds no number"));
    assert_string_equal(loaded.about, "generation");
    assert_string_equal(numbers("Set-1"), "2/2");
    assert_true(registry_number(loaded.registry) > 1000000);
}

TEST(a_mark_below_the_records_does_no_harm)
{
    for (int i = 1; i <= 9; i++)
        loaded_commit("", NULL, i % 2 == 0 ? loaded.first : loaded.second);
    loaded_stop();
    assert_int_equal(renameat(loaded.store_folder, "generation.9", loaded.store_folder, "generation.2"), 0);
    loaded_restart();
    assert_int_equal(loaded.reports, 0);
    assert_int_equal(registry_number(loaded.registry), 9);
    assert_true(loaded_has_mark(9) && !loaded_has_mark(2));
}

/* ---- removals ---- */

TEST(a_record_that_did_not_open_is_removed_with_its_set)
{
    CLEANUP(buf_done) struct buf key = {0};
    loaded_commit("Set-1", "other", loaded.first);
    loaded_take_key("other", &key);
    loaded_restart();
    assert_string_equal(numbers("Set-1"), "");
    struct commit removed = remove_set("SET-1");
    assert_true(removed.changed && removed.unopened_removed && !removed.record_missing);
    assert_int_equal(folder_count(loaded.store_folder), 1);
    assert_false(remove_set("Set-1").changed);
    folder_write(loaded.keys_folder, "other", buf_span(&key), 0400);
    loaded_restart();
    assert_string_equal(numbers("Set-1"), "");
    assert_int_equal(registry_number(loaded.registry), removed.generation);
}

TEST(a_set_whose_record_is_missing_is_removed_all_the_same)
{
    static const char *const names[] = {"", "Set-1"}, *const folded[] = {"", "set-1"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char name[DIR_STORE_NAME_SIZE];
        loaded_commit(names[i], NULL, loaded.first);
        folder_record(folded[i], name);
        assert_int_equal(unlinkat(loaded.store_folder, name, 0), 0);
        struct commit removed = remove_set(names[i]);
        assert_true(removed.changed && removed.record_missing && !removed.unopened_removed);
        assert_string_equal(numbers(names[i]), "");
    }
    loaded_restart();
    assert_int_equal(registry_number(loaded.registry), 4);
}

/* A set acknowledged as unchanged is on disk. */
TEST(a_record_that_is_missing_is_written_again_by_an_import_that_changes_nothing)
{
    struct registry_entry entry = set_entry("Set-1", loaded.first);
    struct commit result;
    struct fault f = {0};
    char name[DIR_STORE_NAME_SIZE];
    loaded_commit("Set-1", NULL, loaded.first);
    folder_record("set-1", name);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(unlinkat(loaded.store_folder, name, 0), 0);
        if (i < 2)
            law_expect(registry_commit(loaded.registry, &entry, LOADED_NOW, &result, &f), &f, REASON_NONE);
        else if (i == 2)
            law_expect(registry_retag(loaded.registry, "Set-1", NULL, &result, &f), &f, REASON_NONE);
        else
            assert_int_equal(loaded_commit("Set-1", NULL, loaded.second), 2);
        assert_true(i == 3 || (result.record_missing && !result.changed && result.generation == 1));
        loaded_restart();
        assert_string_equal(numbers("Set-1"), i < 3 ? "1/1" : "1/2");
    }
    law_expect(registry_commit(loaded.registry, &entry, LOADED_NOW, &result, &f), &f, REASON_NONE);
    assert_false(result.record_missing);
}

EACH_TEST(loaded_setup, loaded_teardown);
ALL_TESTS(start_core, NULL);

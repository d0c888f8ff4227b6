/* The mark of an older certfs counts, but may lie below the numbers of records. */
#include <unistd.h>

#include "core/draft/restore.h"
#include "core/registry/load.h"
#include "core/store/kek.h"
#include "tests/unit/lib/folder.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/load_fixture.h"

/* The root set's record; it is back then. */
static void expect_a_refused_start_without(const char *key_id)
{
    CLEANUP(buf_done) struct buf key = {0};
    struct fault f = {0};
    loaded_take_key(key_id, &key);
    law_expect(registry_new(&loaded.registry, &f), &f, REASON_NONE);
    struct store *store = loaded_archive();
    law_expect(registry_load(loaded.registry, store, LOADED_NOW, restore_record, loaded_report, NULL, &f), &f,
               REASON_KEY_NOT_ACCESSIBLE);
    store_freep(&store);
    loaded_stop();
    folder_write(loaded.keys_folder, key_id, buf_span(&key), 0400);
}

/*
 * It wrote its number at removals only. That its file was there is known until a start has read all records, also when
 * the mark of a newer certfs is beside it.
 */
TEST(an_older_certfs_mark_may_lie_below_what_does_not_open)
{
    static const struct {
        const char *text, *mark;
    } rows[] = {{"1\n", "generation.old"}, {"1\n", "generation.2"}, {"", "generation.2"}};
    struct fault f = {0};
    assert_int_equal(kek_create(loaded.keys_folder, "roots", &f), 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(buf_done) struct buf key = {0};
        (void)loaded_commit("", "roots", i == 1 ? loaded.second : loaded.first);
        uint64_t newest = loaded_commit("Set-1", "other", i == 1 ? loaded.first : loaded.second);
        loaded_stop();
        loaded_remove_mark(newest);
        folder_write(loaded.store_folder, "generation", span_of(rows[i].text), 0600);
        folder_write(loaded.store_folder, rows[i].mark, span_of(""), 0600);
        expect_a_refused_start_without("roots");
        loaded_take_key("other", &key);
        loaded_restart();
        uint64_t number = registry_number(loaded.registry);
        assert_true(number > newest && loaded_has_mark(number));
        (void)!unlinkat(loaded.store_folder, "generation", 0);
        folder_write(loaded.keys_folder, "other", buf_span(&key), 0400);
        loaded_restart();
        CLEANUP(generation_unrefp) struct generation *current = registry_current(loaded.registry, "Set-1");
        assert_int_equal(current->number, newest);
        assert_int_equal(registry_number(loaded.registry), number);
    }
}

/* The store that all start with opens: from then on the mark is this certfs's, and nothing leaps. */
TEST(an_older_certfs_mark_is_taken_over_once)
{
    CLEANUP(buf_done) struct buf key = {0};
    assert_int_equal(loaded_commit("", NULL, loaded.first), 1);
    assert_int_equal(loaded_commit("Set-1", "other", loaded.second), 2);
    loaded_stop();
    loaded_remove_mark(2);
    folder_write(loaded.store_folder, "generation", span_of("1\n"), 0600);
    loaded_restart();
    assert_int_equal(registry_number(loaded.registry), 2);
    loaded_take_key("other", &key);
    loaded_restart();
    assert_int_equal(registry_number(loaded.registry), 2);
}

EACH_TEST(loaded_setup, loaded_teardown);
ALL_TESTS(start_core, NULL);

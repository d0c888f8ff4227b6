/* The mark of an older certfs counts, but may lie below the numbers of records. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/draft/restore.h"
#include "core/registry/load.h"
#include "core/store/kek.h"
#include "core/store/seal.h"
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

/* ,"NAME":"..." */
static void remove_member(const char *name, struct buf *text)
{
    char begin[32];
    snprintf(begin, sizeof(begin), ",\"%s\":\"", name);
    unsigned char *from = memmem(text->data, text->len, begin, strlen(begin));
    assert_non_null(from);
    const unsigned char *behind = from + strlen(begin);
    while (*behind != '"')
        behind += *behind == '\\' ? 2 : 1;
    size_t rest = text->len - (size_t)(behind + 1 - text->data);
    memmove(from, behind + 1, rest);
    text->len = (size_t)(from - text->data) + rest;
}

/* Seals the record of the set again, without these members. */
static void make_older(const char *identifier, const char *const names[], size_t count)
{
    CLEANUP(buf_done) struct buf sealed = {0}, key = {0}, text = {0}, older = {0};
    char name[DIR_STORE_NAME_SIZE];
    struct fault f = {0};
    store_name(identifier, name);
    assert_true(folder_read(loaded.store_folder, name, &sealed));
    assert_int_equal(kek_load(&(struct kek_source){.directory = loaded.keys_folder}, "certfs", &key, NULL, &f), 0);
    assert_int_equal(seal_open(buf_span(&sealed), buf_span(&key), "certfs", &text, &f), 0);
    for (size_t i = 0; i < count; i++)
        remove_member(names[i], &text);
    assert_int_equal(seal_close(buf_span(&text), buf_span(&key), "certfs", &older, &f), 0);
    assert_int_equal(unlinkat(loaded.store_folder, name, 0), 0);
    folder_write(loaded.store_folder, name, buf_span(&older), 0600);
}

/* One from before results of judging were kept, and one whose previous set alone is from then. */
TEST(a_record_without_results_of_judging_is_judged_anew)
{
    static const char *const names[] = {"PreviousJudged", "Judged"};
    for (size_t count = 1; count <= COUNT_OF(names); count++) {
        CLEANUP(served_done) struct served served = {.current = NULL};
        (void)loaded_commit("Set-1", NULL, loaded.first);
        uint64_t number = loaded_commit("Set-1", NULL, loaded.second);
        loaded_stop();
        make_older("Set-1", names, count);
        loaded_restart();
        assert_int_equal(loaded.reports, 0);
        registry_look(loaded.registry, "Set-1", &served);
        assert_int_equal(served.current->number, number);
        assert_true(material_equal(served.current->material, loaded.second));
        assert_true(material_equal(served.previous, loaded.first));
        assert_string_equal(material_facts(served.current->material)->sha256, material_facts(loaded.second)->sha256);
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

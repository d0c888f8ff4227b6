/* Named sets over a restart: number, name, ARN, date of creation and tags; and records that contradict each other. */
#include "core/registry/load.h"

#include <stdio.h>
#include <string.h>

#include "core/store/kek.h"
#include "tests/unit/lib/bundles.h"
#include "tests/unit/lib/fail_syscalls.h"
#include "tests/unit/lib/fixtures.h"
#include "tests/unit/lib/folder.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/load_fixture.h"

static struct material *whole, *fields, *anchors; /* the first two are the same set in two forms */

static void commit(const char *identifier, struct material *material, const char *key)
{
    CLEANUP(tags_unrefp) struct tags *tags = key == NULL ? NULL : set_tags(key);
    struct registry_entry entry = set_entry(identifier, material);
    struct commit result;
    struct fault f = {0};
    entry.created = PKI_NOW - 5;
    entry.tags = tags;
    law_expect(registry_commit(loaded.registry, &entry, LOADED_NOW, &result, &f), &f, REASON_NONE);
}

/* A record past the registry, as another certfs may have left it. */
static void put(const char *identifier, uint64_t set, uint64_t number, struct material *material)
{
    struct store *store = loaded_archive();
    CLEANUP(resource_unrefp) struct resource *resource = resource_new(identifier, set, set_arn(), PKI_NOW);
    CLEANUP(generation_unrefp)
    struct generation *generation = generation_new(number, PKI_NOW, material, resource, "certfs");
    const struct record record = {.generation = generation};
    struct fault f = {0};
    law_expect(store_put(store, &record, STORE_FIRST, &f), &f, REASON_NONE);
    store_freep(&store);
}

/* "Name number/generation:key arn created form", "" for nothing. */
static const char *told(const char *identifier)
{
    static char text[512];
    CLEANUP(generation_unrefp) struct generation *current = registry_current(loaded.registry, identifier);
    text[0] = '\0';
    if (current == NULL)
        return text;
    const struct resource *resource = current->resource;
    CLEANUP(tags_unrefp) struct tags *tags = registry_tags(loaded.registry, resource->set);
    snprintf(text, sizeof(text), "%s %d/%d:%s %s %d %s", resource->identifier, (int)resource->set, (int)current->number,
             tags_count(tags) == 0 ? "" : tags_at(tags, 0)->key,
             strcmp(resource->arn, set_arn()) == 0 ? "arn" : resource->arn, (int)(resource->created - PKI_NOW),
             material_equal(current->material, whole)     ? "whole"
             : material_equal(current->material, anchors) ? "anchors"
                                                          : "other");
    return text;
}

TEST(all_that_is_a_sets_is_there_again)
{
    commit("Replica-1", whole, "one");
    commit("", fields, NULL);
    commit("trust", anchors, NULL);
    commit("REPLICA-1", anchors, "two");
    for (int i = 0; i < 3; i++) {
        assert_string_equal(told("replica-1"), "Replica-1 1/4:two arn -5 anchors");
        assert_string_equal(told(""), " 0/2:  -5 whole");
        assert_string_equal(told("trust"), "trust 3/3: arn -5 anchors");
        assert_int_equal(registry_count(loaded.registry), 2);
        assert_int_equal(registry_number(loaded.registry), 4);
        assert_int_equal(loaded.reports, 0);
        loaded_restart();
    }
}

TEST(numbers_of_sets_go_on_behind_those_on_disk)
{
    struct commit result;
    struct fault f = {0};
    commit("Set-1", whole, NULL);
    commit("b", anchors, NULL);
    law_expect(registry_remove(loaded.registry, "b", &result, &f), &f, REASON_NONE);
    loaded_restart();
    commit("c", whole, NULL);
    assert_string_equal(told("c"), "c 4/4: arn -5 whole");
    loaded_restart();
    assert_string_equal(told("Set-1"), "Set-1 1/1: arn -5 whole");
    assert_string_equal(told("b"), "");
    assert_string_equal(told("c"), "c 4/4: arn -5 whole");
}

TEST(tags_that_were_changed_alone_are_on_disk)
{
    CLEANUP(tags_unrefp) struct tags *tags = set_tags("new");
    struct commit retagged;
    struct fault f = {0};
    commit("Set-1", whole, "old");
    law_expect(registry_retag(loaded.registry, "SET-1", tags, &retagged, &f), &f, REASON_NONE);
    loaded_restart();
    assert_string_equal(told("Set-1"), "Set-1 1/1:new arn -5 whole");
    commit("Set-1", whole, "newer");
    loaded_restart();
    assert_string_equal(told("Set-1"), "Set-1 1/1:newer arn -5 whole");
    size_t before = calls_fsyncs();
    commit("Set-1", whole, "newer");
    assert_int_equal(calls_fsyncs(), before);
}

TEST(the_same_set_under_another_key_is_sealed_anew)
{
    struct registry_entry entry = set_entry("Set-1", whole);
    struct commit result;
    struct fault f = {0};
    assert_int_equal(kek_create(loaded.keys_folder, "other", &f), 0);
    commit("Set-1", whole, NULL);
    entry.key_id = "other";
    law_expect(registry_commit(loaded.registry, &entry, LOADED_NOW, &result, &f), &f, REASON_NONE);
    assert_true(result.changed);
    law_expect(registry_commit(loaded.registry, &entry, LOADED_NOW, &result, &f), &f, REASON_NONE);
    assert_false(result.changed);
    loaded_restart();
    CLEANUP(generation_unrefp) struct generation *current = registry_current(loaded.registry, "Set-1");
    assert_string_equal(current->key_id, "other");
    assert_int_equal(current->number, 2);
}

TEST(a_previous_certificate_of_another_form_can_be_restored)
{
    struct commit result;
    struct fault f = {0};
    commit("Set-1", whole, "one");
    commit("Set-1", anchors, "one");
    loaded_restart();
    law_expect(registry_restore(loaded.registry, "Set-1", LOADED_NOW, &result, &f), &f, REASON_NONE);
    assert_string_equal(told("Set-1"), "Set-1 1/3:one arn -5 whole");
    loaded_restart();
    law_expect(registry_restore(loaded.registry, "Set-1", LOADED_NOW, &result, &f), &f, REASON_NONE);
    assert_string_equal(told("Set-1"), "Set-1 1/4:one arn -5 anchors");
}

TEST(removing_one_leaves_the_others_on_disk)
{
    struct commit result;
    struct fault f = {0};
    commit("Set-1", whole, NULL);
    commit("b", anchors, "b");
    law_expect(registry_remove(loaded.registry, "SET-1", &result, &f), &f, REASON_NONE);
    loaded_restart();
    assert_string_equal(told("Set-1"), "");
    assert_string_equal(told("b"), "b 2/2:b arn -5 anchors");
    assert_int_equal(registry_number(loaded.registry), 3);
    assert_int_equal(folder_count(loaded.store_folder), 2); /* the record and the counter's mark */
}

/* ---- failing calls ---- */

TEST(tags_whose_change_fails_anywhere_are_as_they_were)
{
    CLEANUP(tags_unrefp) struct tags *old = set_tags("old");
    CLEANUP(tags_unrefp) struct tags *new = set_tags("new");
    struct commit retagged;
    bool enough = false;
    commit("Set-1", whole, "old");
    for (size_t nth = 1; !enough; nth++) {
        struct fault f = {0};
        law_expect(registry_retag(loaded.registry, "Set-1", old, &retagged, &f), &f, REASON_NONE);
        calls_fail(nth);
        int result = registry_retag(loaded.registry, "Set-1", new, &retagged, &f);
        law_check(result, &f, (struct span){NULL, 0});
        enough = !calls_have_failed();
        calls_fail(0);
        const char *expected = result == 0 ? "Set-1 1/1:new arn -5 whole" : "Set-1 1/1:old arn -5 whole";
        assert_string_equal(told("Set-1"), expected);
        loaded_restart();
        assert_string_equal(told("Set-1"), expected);
    }
}

TEST(a_new_set_whose_commit_fails_anywhere_leaves_no_trace)
{
    bool enough = false;
    commit("Set-1", whole, NULL);
    for (size_t nth = 1; !enough; nth++) {
        const struct registry_entry entry = set_entry("b", anchors);
        const uint64_t number = registry_number(loaded.registry);
        struct commit result = {.generation = 99};
        struct fault f = {0};
        calls_fail(nth);
        int done = registry_commit(loaded.registry, &entry, LOADED_NOW, &result, &f);
        law_check(done, &f, (struct span){NULL, 0});
        enough = !calls_have_failed();
        calls_fail(0);
        assert_int_equal(registry_count(loaded.registry), done == 0 ? 2 : 1);
        assert_int_equal(result.generation, done == 0 ? number + 1 : 99);
        loaded_restart();
        assert_int_equal(registry_count(loaded.registry), done == 0 ? 2 : 1);
        assert_int_equal(loaded.reports, 0);
        assert_string_equal(told("Set-1"), "Set-1 1/1: arn -5 whole");
    }
}

TEST(a_removal_that_fails_is_not_reported_as_done)
{
    struct commit result = {.generation = 99};
    struct fault f = {0};
    commit("Set-1", anchors, NULL);
    calls_fail(1);
    law_expect(registry_remove(loaded.registry, "Set-1", &result, &f), &f, REASON_STORE_FAILED);
    calls_fail(0);
    assert_false(result.changed);
    assert_int_equal(result.generation, 99);
    assert_string_equal(told("Set-1"), "Set-1 1/1: arn -5 anchors");
}

/* ---- records that contradict each other ---- */

/* Names that differ in case alone are one set's, so a record is where its set would look for it. */
TEST(a_record_is_found_whatever_the_case_of_its_name)
{
    loaded_stop();
    put("Replica-1", 3, 5, whole);
    size_t files = folder_count(loaded.store_folder);
    loaded_restart();
    commit("REPLICA-1", anchors, NULL);
    assert_int_equal(folder_count(loaded.store_folder), files);
    loaded_restart();
    assert_string_equal(told("replica-1"), "Replica-1 3/6: arn 0 anchors");
    assert_int_equal(loaded.reports, 0);
}

/* An acknowledged change under a new spelling must not lose against a record that could not be opened then and can be
 * now. */
TEST(a_set_that_was_imported_again_under_another_case_wins_over_what_did_not_open)
{
    CLEANUP(buf_done) struct buf key = {0};
    struct fault f = {0};
    struct registry_entry entry = set_entry("Replica-1", whole);
    struct commit result;
    assert_int_equal(kek_create(loaded.keys_folder, "other", &f), 0);
    entry.key_id = "other";
    law_expect(registry_commit(loaded.registry, &entry, LOADED_NOW, &result, &f), &f, REASON_NONE);
    assert_true(folder_read(loaded.keys_folder, "other", &key));
    folder_write(loaded.keys_folder, "other", span_of("no key"), 0400);
    loaded_restart();
    assert_int_equal(loaded.reports, 1);
    commit("REPLICA-1", anchors, NULL);
    folder_write(loaded.keys_folder, "other", buf_span(&key), 0400);
    loaded_restart();
    CLEANUP(generation_unrefp) struct generation *current = registry_current(loaded.registry, "replica-1");
    assert_string_equal(current->resource->identifier, "REPLICA-1");
    assert_true(material_equal(current->material, anchors));
    assert_int_equal(loaded.reports, 0);
}

static void setup(void)
{
    struct pki pki;
    CLEANUP(buf_done) struct buf text = {0};
    loaded_begin();
    pki_make(&pki, pki_key(2));
    bundle_of(&pki, &text);
    whole = bundle_must_build(&text);
    fields = set_material(&pki);
    anchors = bundle_must_build(&pki.ca);
    pki_done(&pki);
}

static void teardown(void)
{
    loaded_end();
    material_unrefp(&whole);
    material_unrefp(&fields);
    material_unrefp(&anchors);
}

EACH_TEST(setup, teardown);
ALL_TESTS(start_core, NULL);

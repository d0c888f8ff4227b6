/* registry: several sets side by side, their names, numbers and tags. */
#include "core/registry/registry.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/lib/fixtures.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/registry_fixture.h"

/* "number:material" of what a set serves, as "3:0"; "" for nothing. */
static const char *served(const char *identifier)
{
    static char text[32];
    CLEANUP(generation_unrefp) struct generation *current = registry_current(registry, identifier);
    text[0] = '\0';
    for (int i = 0; i < MATERIALS && current != NULL; i++)
        if (current->material == materials[i])
            snprintf(text, sizeof(text), "%d:%d", (int)current->number, i);
    return text;
}

static void expect_key(const char *identifier, const char *key)
{
    CLEANUP(generation_unrefp) struct generation *current = registry_current(registry, identifier);
    CLEANUP(tags_unrefp) struct tags *tags = registry_tags(registry, current->resource->set);
    assert_int_equal(tags_count(tags), key != NULL);
    if (key != NULL)
        assert_string_equal(tags_at(tags, 0)->key, key);
}

TEST(one_counter_goes_over_all_sets_and_a_sets_number_is_its_first)
{
    assert_int_equal(commit("Set-1", 0).set, 1);
    assert_int_equal(commit("", 1).set, 0);
    assert_int_equal(commit("b", 2).set, 3);
    struct commit again = commit("Set-1", 3);
    assert_int_equal(again.set, 1);
    assert_int_equal(again.generation, 4);
    assert_string_equal(served("Set-1"), "4:3");
    assert_string_equal(served(""), "2:1");
    assert_string_equal(served("b"), "3:2");
    assert_int_equal(registry_count(registry), 2);
}

TEST(a_set_is_found_by_name_whatever_the_case_and_by_number)
{
    commit("Replica-One", 0);
    struct commit again = commit("REPLICA-one", 1);
    assert_int_equal(again.set, 1);
    assert_string_equal(served("replica-ONE"), "2:1");
    CLEANUP(generation_unrefp) struct generation *by_number = registry_current_of(registry, 1);
    assert_int_equal(by_number->number, 2);
    assert_string_equal(by_number->resource->identifier, "Replica-One");
    assert_null(registry_current_of(registry, 2));
    assert_null(registry_current_of(registry, 0));
    assert_int_equal(registry_count(registry), 1);
}

TEST(all_generations_of_a_set_share_its_resource)
{
    commit("Set-1", 0);
    commit("Set-1", 1);
    CLEANUP(generation_unrefp) struct generation *old = registry_find(registry, 1);
    CLEANUP(generation_unrefp) struct generation *current = registry_current(registry, "Set-1");
    assert_ptr_equal(old->resource, current->resource);
    assert_string_equal(current->resource->arn, set_arn());
    assert_int_equal(current->resource->created, PKI_NOW);
}

TEST(walking_shows_named_sets_by_number)
{
    commit("z", 0);
    commit("", 1);
    commit("y", 2);
    commit("z", 3);
    static const char *const expected[] = {"z", "y"};
    uint64_t after = 0;
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        CLEANUP(generation_unrefp) struct generation *next = registry_next(registry, after);
        assert_string_equal(next->resource->identifier, expected[i]);
        after = next->resource->set;
    }
    assert_null(registry_next(registry, after));
    assert_null(registry_next(registry, UINT64_MAX));
}

TEST(restoring_one_set_leaves_the_others)
{
    struct commit result;
    struct fault f = {0};
    commit("Set-1", 0);
    commit("b", 1);
    commit("Set-1", 2);
    law_expect(registry_restore(registry, "b", at(0), &result, &f), &f, REASON_NOT_FOUND);
    fault_clear(&f);
    law_expect(registry_restore(registry, "SET-1", at(0), &result, &f), &f, REASON_NONE);
    assert_int_equal(result.set, 1);
    assert_int_equal(result.generation, 4);
    assert_string_equal(served("Set-1"), "4:0");
    assert_string_equal(served("b"), "2:1");
}

TEST(removing_one_set_touches_no_other)
{
    struct commit result;
    struct fault f = {0};
    commit("Set-1", 0);
    commit("b", 1);
    commit("Set-1", 2);
    commit("b", 3);
    CLEANUP(generation_unrefp) struct generation *held = registry_find(registry, 1);
    assert_non_null(held);
    law_expect(registry_remove(registry, "SET-1", &result, &f), &f, REASON_NONE);
    assert_true(result.changed);
    assert_int_equal(result.set, 1);
    assert_int_equal(result.generation, 5);
    static const bool gone[MATERIALS] = {true, false, true, false};
    for (int i = 0; i < MATERIALS; i++) {
        assert_int_equal(is_wiped(materials[i]), gone[i]);
        assert_int_equal(can_be_found((uint64_t)i + 1), !gone[i]);
    }
    assert_string_equal(served("Set-1"), "");
    assert_string_equal(served("b"), "4:3");
    assert_int_equal(registry_count(registry), 1);
    law_expect(registry_restore(registry, "b", at(0), &result, &f), &f, REASON_NONE);
    assert_string_equal(served("b"), "6:1");
}

/* It is wiped also when it is kept for RestorePrevious alone, and every reader has long moved on. */
TEST(removing_wipes_the_previous_one_however_long_ago_it_was_replaced)
{
    struct commit result;
    struct fault f = {0};
    commit("Set-1", 0);
    commit("Set-1", 1);
    assert_int_equal(registry_expire(registry, at(REGISTRY_RETIRED_SECONDS)), -1);
    assert_false(can_be_found(1));
    assert_false(is_wiped(materials[0]));
    law_expect(registry_remove(registry, "Set-1", &result, &f), &f, REASON_NONE);
    assert_true(is_wiped(materials[0]));
    assert_true(is_wiped(materials[1]));
}

TEST(a_name_that_was_removed_is_another_set_when_it_comes_back)
{
    struct commit result;
    struct fault f = {0};
    commit("Set-1", 0);
    law_expect(registry_remove(registry, "Set-1", &result, &f), &f, REASON_NONE);
    assert_int_equal(commit("SET-1", 1).set, 3);
    CLEANUP(generation_unrefp) struct generation *current = registry_current(registry, "Set-1");
    assert_string_equal(current->resource->identifier, "SET-1");
    law_expect(registry_restore(registry, "Set-1", at(0), &result, &f), &f, REASON_NOT_FOUND);
}

/* Each set keeps so many, however often another one changes. */
TEST(retired_generations_are_kept_per_set)
{
    uint64_t numbers[REGISTRY_RETIRED_MAX + 1];
    commit("Set-1", 0);
    commit("Set-1", 1);
    for (int i = 0; i < REGISTRY_RETIRED_MAX + 8; i++)
        commit("b", 2 + i % 2);
    assert_int_equal(registry_list(registry, "Set-1", numbers), 2);
    assert_int_equal(numbers[0], 2);
    assert_int_equal(numbers[1], 1);
    assert_int_equal(registry_list(registry, "b", numbers), REGISTRY_RETIRED_MAX + 1);
    for (uint64_t i = 0; i <= REGISTRY_RETIRED_MAX; i++)
        assert_int_equal(numbers[i], registry_number(registry) - i);
    assert_true(can_be_found(1));
    assert_int_equal(registry_list(registry, "", numbers), 0);
    assert_int_equal(registry_list(registry, "c", numbers), 0);
    assert_int_equal(registry_expire(registry, at(REGISTRY_RETIRED_SECONDS)), -1);
    assert_int_equal(registry_list(registry, "b", numbers), 1);
    assert_false(can_be_found(1));
}

TEST(a_removal_returns_the_generations_that_it_wiped)
{
    struct commit result;
    struct fault f = {0};
    commit("b", 0);
    commit("Set-1", 0);
    for (int i = 0; i < REGISTRY_RETIRED_MAX + 8; i++)
        commit("Set-1", 1 + i % 2);
    uint64_t newest = registry_number(registry);
    law_expect(registry_remove(registry, "b", &result, &f), &f, REASON_NONE);
    assert_int_equal(result.wiped_count, 1);
    assert_int_equal(result.wiped[0], 1);
    law_expect(registry_remove(registry, "Set-1", &result, &f), &f, REASON_NONE);
    assert_int_equal(result.wiped_count, REGISTRY_RETIRED_MAX + 1);
    for (uint64_t i = 0; i <= REGISTRY_RETIRED_MAX; i++)
        assert_int_equal(result.wiped[i], newest - i);
    assert_int_equal(result.generation, newest + 2);
    law_expect(registry_remove(registry, "Set-1", &result, &f), &f, REASON_NONE);
    assert_int_equal(result.wiped_count, 0);
}

/* ---- tags ---- */

TEST(tags_come_with_a_commit_and_are_the_sets)
{
    CLEANUP(tags_unrefp) struct tags *tags = set_tags("one");
    struct registry_entry entry = set_entry("Set-1", materials[0]);
    struct commit result;
    struct fault f = {0};
    entry.tags = tags;
    law_expect(registry_commit(registry, &entry, at(0), &result, &f), &f, REASON_NONE);
    commit("b", 1);
    expect_key("Set-1", "one");
    expect_key("b", NULL);
    entry.material = materials[2];
    law_expect(registry_commit(registry, &entry, at(0), &result, &f), &f, REASON_NONE);
    law_expect(registry_restore(registry, "Set-1", at(0), &result, &f), &f, REASON_NONE);
    expect_key("Set-1", "one");
    assert_null(registry_tags(registry, 99));
}

TEST(an_equal_set_with_other_tags_is_no_new_generation)
{
    CLEANUP(tags_unrefp) struct tags *tags = set_tags("one");
    struct registry_entry entry = set_entry("Set-1", materials[0]);
    struct commit result;
    struct fault f = {0};
    commit("Set-1", 0);
    entry.tags = tags;
    law_expect(registry_commit(registry, &entry, at(5), &result, &f), &f, REASON_NONE);
    assert_false(result.changed);
    assert_int_equal(result.generation, 1);
    assert_int_equal(result.set, 1);
    expect_key("Set-1", "one");
    assert_string_equal(served("Set-1"), "1:0");
}

TEST(tags_can_be_replaced_alone)
{
    CLEANUP(tags_unrefp) struct tags *tags = set_tags("one");
    struct commit retagged;
    struct fault f = {0};
    commit("Set-1", 0);
    commit("b", 1);
    law_expect(registry_retag(registry, "SET-1", tags, &retagged, &f), &f, REASON_NONE);
    expect_key("Set-1", "one");
    expect_key("b", NULL);
    law_expect(registry_retag(registry, "Set-1", NULL, &retagged, &f), &f, REASON_NONE);
    expect_key("Set-1", NULL);
    assert_int_equal(registry_number(registry), 2);
    law_expect(registry_retag(registry, "c", tags, &retagged, &f), &f, REASON_NOT_FOUND);
}

/* A reference that was taken keeps its object. */
TEST(tags_that_are_held_outlive_the_set)
{
    struct commit result, retagged;
    struct fault f = {0};
    CLEANUP(tags_unrefp) struct tags *tags = set_tags("one");
    commit("Set-1", 0);
    law_expect(registry_retag(registry, "Set-1", tags, &retagged, &f), &f, REASON_NONE);
    CLEANUP(tags_unrefp) struct tags *held = registry_tags(registry, 1);
    law_expect(registry_remove(registry, "Set-1", &result, &f), &f, REASON_NONE);
    assert_null(registry_tags(registry, 1));
    assert_string_equal(tags_at(held, 0)->key, "one");
}

EACH_TEST(registry_fixture_setup, registry_fixture_teardown);

#include "core/registry/registry.h"

#include <pthread.h>
#include <stdatomic.h>

#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/fixtures.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/registry_fixture.h"

enum { SETS = 3 }; /* of the materials */

static struct commit commit_root(int set, int64_t when)
{
    struct commit result;
    struct fault f = {0};
    const struct registry_entry entry = set_entry("", materials[set]);
    law_expect(registry_commit(registry, &entry, at(when), &result, &f), &f, REASON_NONE);
    return result;
}

/* The number of what is served, 0 for nothing. */
static uint64_t served(void)
{
    CLEANUP(generation_unrefp) struct generation *current = registry_current(registry, "");
    return current == NULL ? 0 : current->number;
}

TEST(a_new_vault_serves_nothing)
{
    struct commit result;
    struct fault f = {0};
    assert_int_equal(served(), 0);
    assert_int_equal(registry_number(registry), 0);
    assert_false(can_be_found(0));
    assert_false(can_be_found(1));
    assert_int_equal(registry_expire(registry, at(0)), -1);
    law_expect(registry_restore(registry, "", at(0), &result, &f), &f, REASON_NOT_FOUND);
    assert_int_equal(registry_remove(registry, "", &result, &(struct fault){0}), 0);
    assert_false(result.changed);
    assert_int_equal(registry_number(registry), 0);
}

TEST(each_commit_is_a_new_generation)
{
    for (uint64_t number = 1; number <= 3; number++) {
        struct commit result = commit_root((int)number - 1, 5);
        assert_true(result.changed);
        assert_int_equal(result.generation, number);
        assert_int_equal(served(), number);
        assert_int_equal(registry_number(registry), number);
    }
    CLEANUP(generation_unrefp) struct generation *current = registry_current(registry, "");
    assert_ptr_equal(current->material, materials[2]);
    assert_int_equal(current->committed, PKI_NOW + 5);
}

TEST(an_equal_set_changes_nothing)
{
    commit_root(0, 0);
    struct commit result = commit_root(0, 10);
    assert_false(result.changed);
    assert_int_equal(result.generation, 1);
    assert_int_equal(served(), 1);
    assert_int_equal(registry_expire(registry, at(10)), -1);
}

TEST(a_replaced_generation_stays_for_a_minute)
{
    commit_root(0, 0);
    commit_root(1, 10);
    assert_true(can_be_found(1));
    assert_true(can_be_found(2));
    assert_int_equal(registry_expire(registry, at(10)), REGISTRY_RETIRED_SECONDS);
    assert_int_equal(registry_expire(registry, at(69)), 1);
    assert_true(can_be_found(1));
    assert_int_equal(registry_expire(registry, at(70)), -1);
    assert_false(can_be_found(1));
    assert_true(can_be_found(2));
}

TEST(at_most_sixteen_replaced_generations_stay)
{
    for (int i = 0; i < REGISTRY_RETIRED_MAX + 5; i++)
        commit_root(i % SETS, 0);
    for (uint64_t number = 1; number <= REGISTRY_RETIRED_MAX + 5; number++)
        assert_int_equal(can_be_found(number), number >= 5);
}

TEST(restoring_swaps_under_a_new_number)
{
    struct commit result;
    struct fault f = {0};
    commit_root(0, 0);
    commit_root(1, 0);
    for (uint64_t number = 3; number <= 5; number++) {
        law_expect(registry_restore(registry, "", at(0), &result, &f), &f, REASON_NONE);
        assert_true(result.changed);
        assert_int_equal(result.generation, number);
        CLEANUP(generation_unrefp) struct generation *current = registry_current(registry, "");
        assert_ptr_equal(current->material, materials[number % 2 == 1 ? 0 : 1]);
    }
}

TEST(the_first_set_has_no_previous_one)
{
    struct commit result;
    struct fault f = {0};
    commit_root(0, 0);
    law_expect(registry_restore(registry, "", at(0), &result, &f), &f, REASON_NOT_FOUND);
    assert_int_equal(served(), 1);
}

TEST(removing_wipes_all_that_the_vault_knows)
{
    struct commit result;
    struct fault f = {0};
    for (int i = 0; i < SETS; i++)
        commit_root(i, 0);
    CLEANUP(generation_unrefp) struct generation *held = registry_find(registry, 1);
    assert_non_null(held);
    assert_int_equal(registry_remove(registry, "", &result, &(struct fault){0}), 0);
    assert_true(result.changed);
    assert_int_equal(result.generation, 4);
    assert_int_equal(served(), 0);
    for (int i = 0; i < SETS; i++)
        assert_true(is_wiped(materials[i]));
    for (uint64_t number = 1; number <= 4; number++)
        assert_false(can_be_found(number));
    law_expect(registry_restore(registry, "", at(0), &result, &f), &f, REASON_NOT_FOUND);
    assert_int_equal(registry_remove(registry, "", &result, &(struct fault){0}), 0);
    assert_false(result.changed);
    assert_int_equal(result.generation, 4);
}

TEST(numbers_go_on_after_a_removal)
{
    struct commit result;
    commit_root(0, 0);
    assert_int_equal(registry_remove(registry, "", &result, &(struct fault){0}), 0);
    assert_int_equal(commit_root(1, 0).generation, 3);
}

TEST(without_memory_the_vault_is_as_it_was)
{
    struct commit result;
    struct fault f = {0};
    commit_root(0, 0);
    commit_root(1, 0);
    const struct registry_entry entry = set_entry("", materials[2]);
    alloc_fail(1);
    law_expect(registry_commit(registry, &entry, at(0), &result, &f), &f, REASON_NO_MEMORY);
    fault_clear(&f);
    alloc_fail(1);
    law_expect(registry_restore(registry, "", at(0), &result, &f), &f, REASON_NO_MEMORY);
    fault_clear(&f);
    struct registry *none = NULL;
    alloc_fail(1);
    law_expect(registry_new(&none, &f), &f, REASON_NO_MEMORY);
    alloc_fail(0);
    assert_null(none);
    assert_int_equal(served(), 2);
    assert_int_equal(registry_number(registry), 2);
}

static atomic_bool stop;

/* Every generation that a reader gets is whole, however fast they change. */
static void *read_all_the_time(void *unused)
{
    (void)unused;
    void *wrong = NULL;
    uint64_t last = 0;
    while (!atomic_load(&stop) && wrong == NULL) {
        CLEANUP(generation_unrefp) struct generation *current = registry_current(registry, "");
        if (current == NULL)
            continue;
        if (current->number < last || is_wiped(current->material))
            wrong = current;
        last = current->number;
        generation_unref(registry_find(registry, last));
    }
    return wrong;
}

TEST(readers_see_whole_generations_in_their_order)
{
    pthread_t reader;
    void *wrong;
    atomic_store(&stop, false);
    commit_root(0, 0);
    assert_int_equal(pthread_create(&reader, NULL, read_all_the_time, NULL), 0);
    for (int i = 0; i < 5000; i++) {
        commit_root(i % SETS, i);
        (void)registry_expire(registry, at(i));
    }
    atomic_store(&stop, true);
    assert_int_equal(pthread_join(reader, &wrong), 0);
    assert_null(wrong);
}

EACH_TEST(registry_fixture_setup, registry_fixture_teardown);

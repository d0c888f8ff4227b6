#include "core/vault.h"

#include <pthread.h>
#include <stdatomic.h>

#include "tests/unit/alloc.h"
#include "tests/unit/harness.h"
#include "tests/unit/sets.h"
#include "tests/unit/vaulted.h"

enum { SETS = 3 }; /* of the materials */

static struct commit commit_root(int set, int64_t when)
{
    struct commit result;
    struct fault f = {0};
    const struct vault_entry entry = set_entry("", materials[set]);
    law_expect(vault_commit(vault, &entry, at(when), &result, &f), &f, REASON_NONE);
    return result;
}

/* The number of what is served, 0 for nothing. */
static uint64_t served(void)
{
    CLEANUP(generation_unrefp) struct generation *current = vault_current(vault, "");
    return current == NULL ? 0 : current->number;
}

static void a_new_vault_serves_nothing(void **state)
{
    (void)state;
    struct commit result;
    struct fault f = {0};
    assert_int_equal(served(), 0);
    assert_int_equal(vault_number(vault), 0);
    assert_false(can_be_found(0));
    assert_false(can_be_found(1));
    assert_int_equal(vault_expire(vault, at(0)), -1);
    law_expect(vault_restore(vault, "", at(0), &result, &f), &f, REASON_NOT_FOUND);
    assert_int_equal(vault_remove(vault, "", &result, &(struct fault){0}), 0);
    assert_false(result.changed);
    assert_int_equal(vault_number(vault), 0);
}

static void each_commit_is_a_new_generation(void **state)
{
    (void)state;
    for (uint64_t number = 1; number <= 3; number++) {
        struct commit result = commit_root((int)number - 1, 5);
        assert_true(result.changed);
        assert_int_equal(result.generation, number);
        assert_int_equal(served(), number);
        assert_int_equal(vault_number(vault), number);
    }
    CLEANUP(generation_unrefp) struct generation *current = vault_current(vault, "");
    assert_ptr_equal(current->material, materials[2]);
    assert_int_equal(current->committed, PKI_NOW + 5);
}

static void an_equal_set_changes_nothing(void **state)
{
    (void)state;
    commit_root(0, 0);
    struct commit result = commit_root(0, 10);
    assert_false(result.changed);
    assert_int_equal(result.generation, 1);
    assert_int_equal(served(), 1);
    assert_int_equal(vault_expire(vault, at(10)), -1);
}

static void a_replaced_generation_stays_for_a_minute(void **state)
{
    (void)state;
    commit_root(0, 0);
    commit_root(1, 10);
    assert_true(can_be_found(1));
    assert_true(can_be_found(2));
    assert_int_equal(vault_expire(vault, at(10)), VAULT_RETIRED_SECONDS);
    assert_int_equal(vault_expire(vault, at(69)), 1);
    assert_true(can_be_found(1));
    assert_int_equal(vault_expire(vault, at(70)), -1);
    assert_false(can_be_found(1));
    assert_true(can_be_found(2));
}

static void at_most_sixteen_replaced_generations_stay(void **state)
{
    (void)state;
    for (int i = 0; i < VAULT_RETIRED_MAX + 5; i++)
        commit_root(i % SETS, 0);
    for (uint64_t number = 1; number <= VAULT_RETIRED_MAX + 5; number++)
        assert_int_equal(can_be_found(number), number >= 5);
}

static void restoring_swaps_under_a_new_number(void **state)
{
    (void)state;
    struct commit result;
    struct fault f = {0};
    commit_root(0, 0);
    commit_root(1, 0);
    for (uint64_t number = 3; number <= 5; number++) {
        law_expect(vault_restore(vault, "", at(0), &result, &f), &f, REASON_NONE);
        assert_true(result.changed);
        assert_int_equal(result.generation, number);
        CLEANUP(generation_unrefp) struct generation *current = vault_current(vault, "");
        assert_ptr_equal(current->material, materials[number % 2 == 1 ? 0 : 1]);
    }
}

static void the_first_set_has_no_previous_one(void **state)
{
    (void)state;
    struct commit result;
    struct fault f = {0};
    commit_root(0, 0);
    law_expect(vault_restore(vault, "", at(0), &result, &f), &f, REASON_NOT_FOUND);
    assert_int_equal(served(), 1);
}

static void removing_wipes_all_that_the_vault_knows(void **state)
{
    (void)state;
    struct commit result;
    struct fault f = {0};
    for (int i = 0; i < SETS; i++)
        commit_root(i, 0);
    CLEANUP(generation_unrefp) struct generation *held = vault_find(vault, 1);
    assert_non_null(held);
    assert_int_equal(vault_remove(vault, "", &result, &(struct fault){0}), 0);
    assert_true(result.changed);
    assert_int_equal(result.generation, 4);
    assert_int_equal(served(), 0);
    for (int i = 0; i < SETS; i++)
        assert_true(is_wiped(materials[i]));
    for (uint64_t number = 1; number <= 4; number++)
        assert_false(can_be_found(number));
    law_expect(vault_restore(vault, "", at(0), &result, &f), &f, REASON_NOT_FOUND);
    assert_int_equal(vault_remove(vault, "", &result, &(struct fault){0}), 0);
    assert_false(result.changed);
    assert_int_equal(result.generation, 4);
}

static void numbers_go_on_after_a_removal(void **state)
{
    (void)state;
    struct commit result;
    commit_root(0, 0);
    assert_int_equal(vault_remove(vault, "", &result, &(struct fault){0}), 0);
    assert_int_equal(commit_root(1, 0).generation, 3);
}

static void without_memory_the_vault_is_as_it_was(void **state)
{
    (void)state;
    struct commit result;
    struct fault f = {0};
    commit_root(0, 0);
    commit_root(1, 0);
    const struct vault_entry entry = set_entry("", materials[2]);
    alloc_fail(1);
    law_expect(vault_commit(vault, &entry, at(0), &result, &f), &f, REASON_NO_MEMORY);
    fault_clear(&f);
    alloc_fail(1);
    law_expect(vault_restore(vault, "", at(0), &result, &f), &f, REASON_NO_MEMORY);
    fault_clear(&f);
    struct vault *none = NULL;
    alloc_fail(1);
    law_expect(vault_new(&none, &f), &f, REASON_NO_MEMORY);
    alloc_fail(0);
    assert_null(none);
    assert_int_equal(served(), 2);
    assert_int_equal(vault_number(vault), 2);
}

static atomic_bool stop;

/* Every generation that a reader gets is whole, however fast they change. */
static void *read_all_the_time(void *unused)
{
    (void)unused;
    void *wrong = NULL;
    uint64_t last = 0;
    while (!atomic_load(&stop) && wrong == NULL) {
        CLEANUP(generation_unrefp) struct generation *current = vault_current(vault, "");
        if (current == NULL)
            continue;
        if (current->number < last || is_wiped(current->material))
            wrong = current;
        last = current->number;
        generation_unref(vault_find(vault, last));
    }
    return wrong;
}

static void readers_see_whole_generations_in_their_order(void **state)
{
    (void)state;
    pthread_t reader;
    void *wrong;
    atomic_store(&stop, false);
    commit_root(0, 0);
    assert_int_equal(pthread_create(&reader, NULL, read_all_the_time, NULL), 0);
    for (int i = 0; i < 5000; i++) {
        commit_root(i % SETS, i);
        (void)vault_expire(vault, at(i));
    }
    atomic_store(&stop, true);
    assert_int_equal(pthread_join(reader, &wrong), 0);
    assert_null(wrong);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VAULTED_TEST(a_new_vault_serves_nothing),
        VAULTED_TEST(each_commit_is_a_new_generation),
        VAULTED_TEST(an_equal_set_changes_nothing),
        VAULTED_TEST(a_replaced_generation_stays_for_a_minute),
        VAULTED_TEST(at_most_sixteen_replaced_generations_stay),
        VAULTED_TEST(restoring_swaps_under_a_new_number),
        VAULTED_TEST(the_first_set_has_no_previous_one),
        VAULTED_TEST(removing_wipes_all_that_the_vault_knows),
        VAULTED_TEST(numbers_go_on_after_a_removal),
        VAULTED_TEST(without_memory_the_vault_is_as_it_was),
        VAULTED_TEST(readers_see_whole_generations_in_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

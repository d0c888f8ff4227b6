#include "core/registry/generation_table.h"

#include <stdlib.h>

#include "tests/unit/lib/fixtures.h"
#include "tests/unit/lib/harness.h"

static struct material *material;
static struct generation_table generations;
static struct set *root, *named;

static struct set *make(const char *identifier, uint64_t number)
{
    CLEANUP(resource_unrefp) struct resource *resource = resource_new(identifier, number, "", 0);
    struct set *set = set_new(resource, NULL);
    assert_non_null(set);
    return set;
}

/* A generation of this set becomes current and is replaced at that time. */
static void retire(struct set *set, uint64_t number, int64_t when)
{
    struct retired *slot = malloc(sizeof(*slot));
    assert_non_null(slot);
    set->current = generation_new(number, 0, material, set->resource, "");
    assert_int_equal(generation_table_add(&generations, set->current), 0);
    generation_table_retire(&generations, set, when, slot);
    assert_null(set->current);
}

static bool is_found(uint64_t number)
{
    const struct generation *generation = generation_table_find(&generations, number);
    return generation != NULL && generation->number == number;
}

/* Takes all of a set; their numbers have to be these. */
static void expect_taken(const struct set *set, const uint64_t *numbers, size_t count)
{
    struct generation *taken[REGISTRY_RETIRED_MAX];
    assert_int_equal(generation_table_take(&generations, set, taken), count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(taken[i]->number, numbers[i]);
        assert_false(is_found(numbers[i]));
        generation_unref(taken[i]);
    }
    assert_int_equal(set->retired, 0);
}

TEST(nothing_is_retired_at_first)
{
    uint64_t numbers[1] = {99};
    assert_int_equal(generation_table_expire(&generations, 1000), -1);
    expect_taken(root, NULL, 0);
    generation_table_list(&generations, root, numbers);
    assert_int_equal(numbers[0], 99);
}

TEST(the_oldest_expires_first_whose_ever_it_is)
{
    retire(root, 1, 10);
    retire(named, 2, 11);
    retire(root, 3, 12);
    for (uint64_t number = 1; number <= 3; number++) {
        int64_t end = 9 + (int64_t)number + REGISTRY_RETIRED_SECONDS;
        assert_int_equal(generation_table_expire(&generations, end - 1), 1);
        assert_true(is_found(number));
        assert_int_equal(generation_table_expire(&generations, end), number == 3 ? -1 : 1);
        assert_false(is_found(number));
    }
    assert_int_equal(root->retired + named->retired, 0);
}

TEST(those_of_one_set_are_taken_oldest_first_and_the_others_stay)
{
    retire(root, 1, 10);
    retire(named, 2, 11);
    retire(root, 3, 12);
    retire(named, 4, 13);
    expect_taken(named, (const uint64_t[]){2, 4}, 2);
    assert_int_equal(root->retired, 2);
    assert_true(is_found(1));
    expect_taken(named, NULL, 0);
    expect_taken(root, (const uint64_t[]){1, 3}, 2);
}

/* The end of the queue moves when the last one is taken out of it. */
TEST(one_that_is_retired_after_the_last_was_taken_is_found)
{
    retire(root, 1, 10);
    retire(named, 2, 11);
    expect_taken(named, (const uint64_t[]){2}, 1);
    retire(named, 3, 12);
    expect_taken(root, (const uint64_t[]){1}, 1);
    retire(root, 4, 13);
    expect_taken(named, (const uint64_t[]){3}, 1);
    expect_taken(root, (const uint64_t[]){4}, 1);
    retire(named, 5, 14);
    assert_int_equal(generation_table_expire(&generations, 14), REGISTRY_RETIRED_SECONDS);
    expect_taken(named, (const uint64_t[]){5}, 1);
}

TEST(the_oldest_of_too_many_generations_of_one_set_goes)
{
    uint64_t numbers[REGISTRY_RETIRED_MAX];
    retire(named, 100, 0);
    for (uint64_t number = 1; number <= REGISTRY_RETIRED_MAX + 2; number++)
        retire(root, number, (int64_t)number);
    assert_int_equal(root->retired, REGISTRY_RETIRED_MAX);
    assert_false(is_found(2));
    assert_true(is_found(3));
    assert_true(is_found(100));
    generation_table_list(&generations, root, numbers);
    assert_int_equal(numbers[0], REGISTRY_RETIRED_MAX + 2);
    assert_int_equal(numbers[REGISTRY_RETIRED_MAX - 1], 3);
}

TEST(the_numbers_of_a_set_are_its_own_newest_first)
{
    for (uint64_t number = 1; number <= 6; number++)
        retire(number % 3 == 0 ? named : root, number, 0);
    uint64_t numbers[4] = {0}, of_named[2] = {0};
    generation_table_list(&generations, root, numbers);
    generation_table_list(&generations, named, of_named);
    const uint64_t expected[4] = {5, 4, 2, 1}, of_named_expected[2] = {6, 3};
    assert_memory_equal(numbers, expected, sizeof(expected));
    assert_memory_equal(of_named, of_named_expected, sizeof(of_named_expected));
}

TEST(generations_are_found_by_their_number_until_they_are_removed)
{
    struct generation *one = set_generation(1, "", material), *two = set_generation(2, "Set-1", material);
    assert_int_equal(generation_table_add(&generations, one), 0);
    assert_int_equal(generation_table_add(&generations, two), 0);
    assert_ptr_equal(generation_table_find(&generations, 1), one);
    assert_ptr_equal(generation_table_find(&generations, 2), two);
    assert_null(generation_table_find(&generations, 3));
    generation_table_remove(&generations, one);
    assert_null(generation_table_find(&generations, 1));
    assert_ptr_equal(generation_table_find(&generations, 2), two);
    generation_table_done(&generations);
    assert_null(generation_table_find(&generations, 2));
    assert_int_equal(two->number, 2);
    generation_unref(one);
    generation_unref(two);
}

TEST(a_number_that_is_taken_is_refused)
{
    struct generation *one = set_generation(1, "", material), *other = set_generation(1, "Set-1", material);
    assert_int_equal(generation_table_add(&generations, one), 0);
    assert_int_equal(generation_table_add(&generations, other), -1);
    assert_ptr_equal(generation_table_find(&generations, 1), one);
    generation_table_remove(&generations, one);
    generation_unref(one);
    generation_unref(other);
}

static void setup(void)
{
    generation_table_init(&generations);
    root = make("", 0);
    named = make("named", 7);
}

static void teardown(void)
{
    generation_table_done(&generations);
    set_free(root);
    set_free(named);
}

static void before_all(void)
{
    material = set_material_of_key(2);
}

static void after_all(void)
{
    material_unrefp(&material);
}

EACH_TEST(setup, teardown);
ALL_TESTS(before_all, after_all);

#include "core/registry/retired.h"

#include <stdlib.h>

#include "core/registry/reachable.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/sets.h"

static struct material *material;
static struct retired_queue queue;
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
    retired_push(&queue, set, when, slot);
    assert_null(set->current);
}

/* The number of what is popped, 0 for nothing. */
static uint64_t pop(const struct set *set)
{
    CLEANUP(generation_unrefp) struct generation *generation = retired_pop(&queue, set);
    return generation == NULL ? 0 : generation->number;
}

TEST(an_empty_queue_has_nothing)
{
    uint64_t numbers[1] = {99};
    assert_int_equal(pop(NULL), 0);
    assert_int_equal(pop(root), 0);
    assert_int_equal(retired_since(&queue), -1);
    retired_numbers(&queue, root, numbers);
    assert_int_equal(numbers[0], 99);
}

TEST(the_oldest_comes_first_whose_ever_it_is)
{
    retire(root, 1, 10);
    retire(named, 2, 11);
    retire(root, 3, 12);
    for (uint64_t number = 1; number <= 3; number++) {
        assert_int_equal(retired_since(&queue), 9 + (int64_t)number);
        assert_int_equal(pop(NULL), number);
    }
    assert_int_equal(retired_since(&queue), -1);
    assert_int_equal(root->retired + named->retired, 0);
}

TEST(of_one_set_the_oldest_comes_first_and_the_others_stay)
{
    retire(root, 1, 10);
    retire(named, 2, 11);
    retire(root, 3, 12);
    retire(named, 4, 13);
    assert_int_equal(pop(named), 2);
    assert_int_equal(named->retired, 1);
    assert_int_equal(root->retired, 2);
    assert_int_equal(pop(named), 4);
    assert_int_equal(pop(named), 0);
    assert_int_equal(named->retired, 0);
    assert_int_equal(pop(root), 1);
    assert_int_equal(pop(NULL), 3);
}

/* The end of the queue moves when the last one is taken out of it. */
TEST(what_is_pushed_after_the_last_was_taken_is_found)
{
    retire(root, 1, 10);
    retire(named, 2, 11);
    assert_int_equal(pop(named), 2);
    retire(named, 3, 12);
    assert_int_equal(pop(root), 1);
    retire(root, 4, 13);
    assert_int_equal(pop(NULL), 3);
    assert_int_equal(pop(NULL), 4);
    retire(named, 5, 14);
    assert_int_equal(retired_since(&queue), 14);
    assert_int_equal(pop(NULL), 5);
}

TEST(the_numbers_of_a_set_are_its_own_newest_first)
{
    for (uint64_t number = 1; number <= 6; number++)
        retire(number % 3 == 0 ? named : root, number, 0);
    uint64_t numbers[4] = {0}, of_named[2] = {0};
    retired_numbers(&queue, root, numbers);
    retired_numbers(&queue, named, of_named);
    const uint64_t expected[4] = {5, 4, 2, 1}, of_named_expected[2] = {6, 3};
    assert_memory_equal(numbers, expected, sizeof(expected));
    assert_memory_equal(of_named, of_named_expected, sizeof(of_named_expected));
}

/* ---- reachable */

TEST(generations_are_found_by_their_number_until_they_are_removed)
{
    struct reachable reachable = {.tree = NULL};
    struct generation *one = set_generation(1, "", material), *two = set_generation(2, "Set-1", material);
    assert_int_equal(reachable_add(&reachable, one), 0);
    assert_int_equal(reachable_add(&reachable, two), 0);
    assert_ptr_equal(reachable_find(&reachable, 1), one);
    assert_ptr_equal(reachable_find(&reachable, 2), two);
    assert_null(reachable_find(&reachable, 3));
    reachable_remove(&reachable, one);
    assert_null(reachable_find(&reachable, 1));
    assert_ptr_equal(reachable_find(&reachable, 2), two);
    reachable_clear(&reachable);
    assert_null(reachable_find(&reachable, 2));
    assert_int_equal(two->number, 2);
    generation_unref(one);
    generation_unref(two);
}

TEST(a_number_that_is_taken_is_refused)
{
    struct reachable reachable = {.tree = NULL};
    struct generation *one = set_generation(1, "", material), *other = set_generation(1, "Set-1", material);
    assert_int_equal(reachable_add(&reachable, one), 0);
    assert_int_equal(reachable_add(&reachable, other), -1);
    assert_ptr_equal(reachable_find(&reachable, 1), one);
    reachable_clear(&reachable);
    generation_unref(one);
    generation_unref(other);
}

static void setup(void)
{
    retired_init(&queue);
    root = make("", 0);
    named = make("named", 7);
}

static void teardown(void)
{
    struct generation *generation;
    while ((generation = retired_pop(&queue, NULL)) != NULL)
        generation_unref(generation);
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

#include "core/registry/sets.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/fixtures.h"
#include "tests/unit/lib/harness.h"

enum { MANY = 300 };

static struct material *material;
static struct sets sets;

/* A set that is served, or one that is on its way to disk. */
static struct set *make(const char *identifier, uint64_t number, bool served)
{
    CLEANUP(resource_unrefp) struct resource *resource = resource_new(identifier, number, "", 0);
    struct set *set = set_new(resource, NULL);
    assert_non_null(set);
    if (served)
        set->current = generation_new(number + 1000, 0, material, resource, "");
    return set;
}

static struct set *insert(const char *identifier, uint64_t number)
{
    struct set *set = make(identifier, number, true);
    assert_int_equal(sets_insert(&sets, set), 0);
    return set;
}

static void expect_refused(const char *identifier, uint64_t number)
{
    struct set *set = make(identifier, number, true);
    size_t count = sets.count;
    assert_int_equal(sets_insert(&sets, set), -1);
    assert_int_equal(sets.count, count);
    assert_ptr_not_equal(sets_find(&sets, identifier), set);
    assert_ptr_not_equal(sets_find_number(&sets, number), set);
    set_free(set);
}

TEST(an_empty_collection_finds_nothing)
{
    assert_null(sets_find(&sets, ""));
    assert_null(sets_find(&sets, "Set-1"));
    assert_null(sets_find_number(&sets, 0));
    assert_null(sets_after(&sets, 0));
    assert_null(sets_after(&sets, UINT64_MAX));
}

TEST(a_new_set_has_its_resources_name_and_nothing_else)
{
    struct resource *resource = resource_new("Replica-1", 4, "arn", 5);
    struct set *set = set_new(resource, NULL);
    resource_unref(resource);
    assert_string_equal(set->identifier, "Replica-1");
    assert_int_equal(set->resource->set, 4);
    assert_null(set->current);
    assert_null(set->previous);
    assert_null(set->tags);
    assert_int_equal(set->retired, 0);
    set_free(set);
    set_free(NULL);
}

TEST(names_are_found_whatever_the_case_of_their_letters)
{
    struct set *root = insert("", 0), *one = insert("Replica-One", 1), *two = insert("replica-two", 2);
    assert_ptr_equal(sets_find(&sets, ""), root);
    assert_ptr_equal(sets_find(&sets, "rEPLICA-oNE"), one);
    assert_ptr_equal(sets_find(&sets, "Replica-One"), one);
    assert_ptr_equal(sets_find(&sets, "REPLICA-TWO"), two);
    assert_null(sets_find(&sets, "replica-on"));
    assert_null(sets_find(&sets, "replica-onee"));
    assert_string_equal(one->identifier, "Replica-One");
}

TEST(numbers_are_found_exactly)
{
    struct set *five = insert("five", 5), *root = insert("", 0), *most = insert("most", UINT64_MAX);
    assert_ptr_equal(sets_find_number(&sets, 5), five);
    assert_ptr_equal(sets_find_number(&sets, 0), root);
    assert_ptr_equal(sets_find_number(&sets, UINT64_MAX), most);
    assert_null(sets_find_number(&sets, 4));
    assert_null(sets_find_number(&sets, 6));
    assert_null(sets_find_number(&sets, UINT64_MAX - 1));
}

TEST(walking_goes_by_number_and_leaves_the_root_set_out)
{
    struct set *nine = insert("Set-1", 9), *three = insert("b", 3);
    insert("", 0);
    struct set *six = insert("c", 6);
    assert_ptr_equal(sets_after(&sets, 0), three);
    assert_ptr_equal(sets_after(&sets, 3), six);
    assert_ptr_equal(sets_after(&sets, 4), six);
    assert_ptr_equal(sets_after(&sets, 8), nine);
    assert_null(sets_after(&sets, 9));
    assert_null(sets_after(&sets, UINT64_MAX));
}

TEST(walking_passes_over_what_is_on_its_way_to_disk)
{
    struct set *late = make("late", 3, false);
    insert("b", 2);
    assert_int_equal(sets_insert(&sets, late), 0);
    struct set *last = insert("d", 4);
    assert_ptr_equal(sets_after(&sets, 2), last);
    assert_ptr_equal(sets_find_number(&sets, 3), late);
}

TEST(a_name_or_number_that_is_taken_is_refused)
{
    insert("Replica-One", 1);
    insert("", 0);
    expect_refused("Replica-One", 2);
    expect_refused("REPLICA-ONE", 2);
    expect_refused("another", 1);
    expect_refused("", 3);
    expect_refused("another", 0);
    assert_int_equal(sets.count, 2);
}

TEST(a_removed_set_is_the_callers_and_its_name_and_number_are_free)
{
    struct set *first = insert("one", 1), *second = insert("two", 2), *third = insert("three", 3);
    sets_remove(&sets, second);
    assert_null(sets_find(&sets, "two"));
    assert_null(sets_find_number(&sets, 2));
    assert_ptr_equal(sets_after(&sets, 1), third);
    assert_ptr_equal(sets_find_number(&sets, 1), first);
    assert_non_null(second->current);
    assert_int_equal(sets_insert(&sets, second), 0);
    assert_ptr_equal(sets_after(&sets, 1), second);
}

static const char *name_of(uint64_t number)
{
    static char name[16];
    snprintf(name, sizeof(name), "set-%03u", (unsigned)number);
    return name;
}

static void expect_walk(const bool there[MANY + 1])
{
    uint64_t at = 0;
    for (uint64_t number = 1; number <= MANY; number++) {
        assert_int_equal(sets_find_number(&sets, number) != NULL, there[number]);
        assert_int_equal(sets_find(&sets, name_of(number)) != NULL, there[number]);
        if (!there[number])
            continue;
        const struct set *next = sets_after(&sets, at);
        assert_non_null(next);
        assert_int_equal(next->resource->set, number);
        at = number;
    }
    assert_null(sets_after(&sets, at));
}

/* In and out in an order that is neither theirs nor chance's: 7 and 11 share no factor with 301. */
TEST(many_come_and_go_in_any_order)
{
    bool there[MANY + 1] = {false};
    for (unsigned i = 1; i <= MANY; i++) {
        unsigned number = i * 11 % (MANY + 1);
        insert(name_of(number), number);
        there[number] = true;
    }
    assert_int_equal(sets.count, MANY);
    expect_walk(there);
    for (unsigned i = 1; i <= MANY / 2; i++) {
        unsigned number = i * 8 % (MANY + 1);
        struct set *set = sets_find_number(&sets, number);
        sets_remove(&sets, set);
        set_free(set);
        there[number] = false;
    }
    expect_walk(there);
}

TEST(without_memory_nothing_is_inserted)
{
    struct set *set = make("Set-1", 1, true);
    alloc_fail(1);
    assert_int_equal(sets_insert(&sets, set), -1);
    alloc_fail(1);
    assert_null(set_new(set->resource, NULL));
    alloc_fail(0);
    assert_int_equal(sets.count, 0);
    assert_null(sets_find(&sets, "Set-1"));
    assert_int_equal(sets_insert(&sets, set), 0);
}

static void teardown(void)
{
    sets_done(&sets);
    assert_true(sets.count == 0 && sets.by_name == NULL && sets.by_number == NULL);
}

static void make_material(void)
{
    material = set_material_of_key(2);
}

static void release_material(void)
{
    material_unrefp(&material);
}

EACH_TEST(NULL, teardown);
ALL_TESTS(make_material, release_material);

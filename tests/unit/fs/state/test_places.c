#include "fs/state/places.h"

#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/harness.h"

static struct places places;

static void make(size_t count)
{
    struct fault f = {0};
    law_expect(places_new(count, &places, &f), &f, REASON_NONE);
}

TEST(the_lowest_free_place_is_taken)
{
    make(130);
    for (size_t i = 0; i < 130; i++)
        assert_int_equal(places_take(&places), i);
    assert_true(places_take(&places) == PLACES_NONE);
    assert_true(places_take(&places) == PLACES_NONE);
    places_free(&places, 128);
    places_free(&places, 3);
    places_free(&places, PLACES_NONE);
    assert_int_equal(places_take(&places), 3);
    assert_int_equal(places_take(&places), 128);
    assert_true(places_take(&places) == PLACES_NONE);
}

TEST(a_place_that_is_occupied_is_not_taken)
{
    make(4);
    assert_true(places_occupy(&places, 0));
    assert_true(places_occupy(&places, 2));
    assert_false(places_occupy(&places, 2));
    assert_false(places_occupy(&places, 4));
    assert_int_equal(places_take(&places), 1);
    assert_int_equal(places_take(&places), 3);
    assert_true(places_take(&places) == PLACES_NONE);
}

TEST(a_table_without_places_has_none)
{
    make(0);
    assert_true(places_take(&places) == PLACES_NONE);
    assert_false(places_occupy(&places, 0));
    places_free(&places, 0);
}

TEST(without_memory_there_is_no_table)
{
    struct fault f = {0};
    alloc_fail(1);
    law_expect(places_new(64, &places, &f), &f, REASON_NO_MEMORY);
    alloc_fail(0);
}

static void teardown(void)
{
    places_done(&places);
}

EACH_TEST(NULL, teardown);

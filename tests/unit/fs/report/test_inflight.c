#include "fs/report/inflight.h"

#include "fs/state/upload.h"
#include "tests/unit/lib/harness.h"

static struct inflight inflight;
static struct upload uploads[INFLIGHT_MAX + 1];

static bool begin(size_t number, bool import, int64_t now)
{
    const struct inflight_document document = {
        .upload = &uploads[number], .import = import, .uid = 7, .pid = 8, .begun = now, .moved = now};
    return inflight_begin(&inflight, &document);
}

static void note(size_t number, size_t bytes, bool complete, int64_t now)
{
    inflight_note(
        &inflight,
        &(struct inflight_document){
            .upload = &uploads[number], .uid = 9, .pid = 10, .moved = now, .bytes = bytes, .complete = complete});
}

TEST(there_are_so_many_places_and_an_end_makes_one)
{
    for (size_t i = 0; i < INFLIGHT_MAX; i++)
        assert_true(begin(i, i % 2 == 0, 0));
    assert_false(begin(INFLIGHT_MAX, false, 0));
    inflight_end(&inflight, &uploads[3]);
    inflight_end(&inflight, &uploads[3]);
    assert_true(begin(INFLIGHT_MAX, false, 0));
    assert_false(begin(3, false, 0));
}

TEST(the_one_that_has_not_grown_for_the_longest_gives_way_after_its_second)
{
    begin(0, false, 100);
    begin(1, false, 0);
    begin(2, false, 50);
    note(1, 5, false, 200);
    assert_null(inflight_yielding(&inflight, 50 + INFLIGHT_IDLE_MS - 1));
    assert_ptr_equal(inflight_yielding(&inflight, 50 + INFLIGHT_IDLE_MS), &uploads[2]);
    inflight_end(&inflight, &uploads[2]);
    assert_null(inflight_yielding(&inflight, 50 + INFLIGHT_IDLE_MS));
    assert_ptr_equal(inflight_yielding(&inflight, 200 + INFLIGHT_IDLE_MS), &uploads[0]);
}

TEST(one_that_grows_for_ever_gives_way_after_a_minute)
{
    begin(0, false, 0);
    note(0, 1, false, INFLIGHT_LONG_MS - 1);
    assert_null(inflight_yielding(&inflight, INFLIGHT_LONG_MS - 1));
    assert_ptr_equal(inflight_yielding(&inflight, INFLIGHT_LONG_MS), &uploads[0]);
}

TEST(complete_ones_and_those_of_import_do_not_give_way)
{
    begin(0, false, 0);
    begin(1, true, 0);
    note(0, 1, true, 0);
    assert_null(inflight_yielding(&inflight, INT64_MAX));
}

TEST(the_holder_of_a_document_and_its_size_are_reported)
{
    struct inflight_document documents[INFLIGHT_MAX];
    begin(0, true, 5);
    note(0, 100, false, 6);
    note(0, 20, true, 7);
    note(1, 20, true, 7);
    assert_int_equal(inflight_list(&inflight, documents), 1);
    assert_true(documents[0].uid == 9 && documents[0].pid == 10 && documents[0].import && documents[0].complete);
    assert_true(documents[0].begun == 5 && documents[0].moved == 7 && documents[0].bytes == 120);
}

static void setup(void)
{
    inflight.count = 0;
}

EACH_TEST(setup, NULL);

#include "fs/state/snapshot.h"

#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/snapshot_client.h"

/* ---- rule 4: a second refusal ---- */

TEST(a_second_refusal_of_the_same_inode_opens_it)
{
    current = 2;
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 0);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 1);
}

TEST(it_opens_it_inside_a_snapshot_too)
{
    current = 2;
    assert_int_equal(open_inode(&one, MATERIAL_CA, 2), 2);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 0);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 1);
}

TEST(a_refusal_outlives_the_importers_turn)
{
    current = 2;
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 0);
    (void)snapshots_expire(snapshots, now);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 1);
}

TEST(refusals_of_different_files_and_threads_do_not_add_up)
{
    current = 3;
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 2), 0);
    assert_int_equal(open_inode(&one, MATERIAL_KEY, 2), 0);
    assert_int_equal(open_inode(&two, MATERIAL_KEY, 2), 0);
    assert_int_equal(open_inode(&one, MATERIAL_KEY, 2), 2);
}

/* The kernel walks a path twice and not a third time; threads that walk at the same time share a LOOKUP. */
TEST(after_a_refusal_and_a_lookup_another_inode_opens_what_is_current)
{
    current = 2;
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 0);
    assert_int_equal(look(&one, MATERIAL_CERT), 2);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 2);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 0);
    assert_int_equal(look(&one, MATERIAL_CERT), 2);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 2), 2);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 0);
}

TEST(inside_a_pass_it_opens_what_the_pass_is_of)
{
    current = 2;
    assert_int_equal(open_name(&one, MATERIAL_CA, 2), 2);
    current = 3;
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 3), 0);
    assert_int_equal(look(&one, MATERIAL_CERT), 2);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 3), 2);
    assert_int_equal(open_name(&one, MATERIAL_KEY, 2), 2);
}

TEST(the_second_walk_may_have_no_lookup_of_its_own)
{
    current = 2;
    assert_int_equal(open_name(&one, MATERIAL_CA, 2), 2);
    current = 4;
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 3), 0);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 4), 2);
}

TEST(opening_for_another_inode_begins_a_pass)
{
    current = 2;
    assert_int_equal(open_inode(&one, MATERIAL_CA, 1), 0);
    assert_int_equal(open_inode(&one, MATERIAL_CA, 3), 2);
    current = 4;
    assert_int_equal(open_name(&one, MATERIAL_CERT, 4), 2);
}

TEST(a_removed_one_is_refused_however_often)
{
    current = 2;
    for (int i = 0; i < 4; i++)
        assert_int_equal(open_gone(&one, MATERIAL_CERT, 1), 0);
}

/* ---- rule 4: what is gone ---- */

TEST(an_unknown_one_is_refused_in_turns_of_two)
{
    for (int i = 0; i < 3; i++) {
        assert_false(refuse_gone(&one, MATERIAL_CERT, 1));
        assert_true(refuse_gone(&one, MATERIAL_CERT, 1));
    }
}

TEST(refusals_of_what_nobody_knows_add_up_for_one_thread_and_one_inode)
{
    assert_false(refuse_gone(&one, MATERIAL_CERT, 1));
    assert_false(refuse_gone(&two, MATERIAL_CERT, 1));
    assert_false(refuse_gone(&one, MATERIAL_KEY, 1));
    assert_false(refuse_gone(&one, MATERIAL_KEY, 2));
    assert_true(refuse_gone(&two, MATERIAL_CERT, 1));
    assert_true(refuse_gone(&one, MATERIAL_KEY, 2));
}

TEST(a_lookup_of_any_set_makes_the_next_refusal_the_first)
{
    current = 3;
    assert_false(refuse_gone(&one, MATERIAL_CERT, 1));
    assert_int_equal(look(&one_of_named, MATERIAL_CERT), 3);
    assert_false(refuse_gone(&one, MATERIAL_CERT, 1));
    assert_int_equal(look(&two, MATERIAL_CERT), 3);
    assert_true(refuse_gone(&one, MATERIAL_CERT, 1));
}

/* Another reader's pin is no way in, or two readers could keep each other's generation for ever. */
TEST(one_that_others_are_pinned_to_is_refused_twice_too)
{
    current = 1;
    assert_int_equal(open_name(&one, MATERIAL_CERT, 1), 1);
    current = 2;
    assert_true(is_pinned(1));
    assert_int_equal(open_gone(&two, MATERIAL_CERT, 1), 0);
    assert_false(refuse_gone(&two, MATERIAL_CERT, 1));
    assert_int_equal(open_gone(&two, MATERIAL_CERT, 1), 0);
    assert_true(refuse_gone(&two, MATERIAL_CERT, 1));
}

/* The registry lets go of a generation between two opens. */
TEST(a_refusal_counts_although_its_set_was_known_then)
{
    current = 2;
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 0);
    assert_true(refuse_gone(&one, MATERIAL_CERT, 1));
}

TEST(a_refusal_of_what_nobody_knows_changes_no_snapshot)
{
    current = 2;
    assert_int_equal(open_name(&one, MATERIAL_CA, 2), 2);
    current = 3;
    assert_false(refuse_gone(&one, MATERIAL_CERT, 1));
    assert_int_equal(open_name(&one, MATERIAL_CERT, 3), 2);
    now += 10 * PASS_GAP_MS;
    assert_int_equal(snapshots_expire(snapshots, now), -1);
}

EACH_TEST(reading_setup, reading_teardown);

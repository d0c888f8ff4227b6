#include "fs/snapshot.h"

#include "tests/unit/harness.h"
#include "tests/unit/reading.h"

/* ---- rule 4: a second refusal ---- */

static void a_second_refusal_of_the_same_inode_opens_it(void **state)
{
    (void)state;
    current = 2;
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 0);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 1);
}

static void it_opens_it_inside_a_snapshot_too(void **state)
{
    (void)state;
    current = 2;
    assert_int_equal(open_inode(&one, MATERIAL_CA, 2), 2);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 0);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 1);
}

static void a_refusal_outlives_the_importers_turn(void **state)
{
    (void)state;
    current = 2;
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 0);
    (void)snapshots_expire(snapshots, now);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 1);
}

static void refusals_of_different_files_and_threads_do_not_add_up(void **state)
{
    (void)state;
    current = 3;
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 2), 0);
    assert_int_equal(open_inode(&one, MATERIAL_KEY, 2), 0);
    assert_int_equal(open_inode(&two, MATERIAL_KEY, 2), 0);
    assert_int_equal(open_inode(&one, MATERIAL_KEY, 2), 2);
}

/* The kernel walks a path twice and not a third time; threads that walk at the same time share a LOOKUP. */
static void after_a_refusal_and_a_lookup_another_inode_opens_what_is_current(void **state)
{
    (void)state;
    current = 2;
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 0);
    assert_int_equal(look(&one, MATERIAL_CERT), 2);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 2);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 0);
    assert_int_equal(look(&one, MATERIAL_CERT), 2);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 2), 2);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 0);
}

static void inside_a_pass_it_opens_what_the_pass_is_of(void **state)
{
    (void)state;
    current = 2;
    assert_int_equal(open_name(&one, MATERIAL_CA, 2), 2);
    current = 3;
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 3), 0);
    assert_int_equal(look(&one, MATERIAL_CERT), 2);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 3), 2);
    assert_int_equal(open_name(&one, MATERIAL_KEY, 2), 2);
}

static void the_second_walk_may_have_no_lookup_of_its_own(void **state)
{
    (void)state;
    current = 2;
    assert_int_equal(open_name(&one, MATERIAL_CA, 2), 2);
    current = 4;
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 3), 0);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 4), 2);
}

static void what_is_opened_for_another_inode_begins_a_pass(void **state)
{
    (void)state;
    current = 2;
    assert_int_equal(open_inode(&one, MATERIAL_CA, 1), 0);
    assert_int_equal(open_inode(&one, MATERIAL_CA, 3), 2);
    current = 4;
    assert_int_equal(open_name(&one, MATERIAL_CERT, 4), 2);
}

static void what_is_gone_is_refused_however_often(void **state)
{
    (void)state;
    current = 2;
    for (int i = 0; i < 4; i++)
        assert_int_equal(open_gone(&one, MATERIAL_CERT, 1), 0);
}

/* ---- rule 4: what is gone ---- */

static void what_nobody_knows_is_refused_in_turns_of_two(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_false(refuse_gone(&one, MATERIAL_CERT, 1));
        assert_true(refuse_gone(&one, MATERIAL_CERT, 1));
    }
}

static void refusals_of_what_nobody_knows_add_up_for_one_thread_and_one_inode(void **state)
{
    (void)state;
    assert_false(refuse_gone(&one, MATERIAL_CERT, 1));
    assert_false(refuse_gone(&two, MATERIAL_CERT, 1));
    assert_false(refuse_gone(&one, MATERIAL_KEY, 1));
    assert_false(refuse_gone(&one, MATERIAL_KEY, 2));
    assert_true(refuse_gone(&two, MATERIAL_CERT, 1));
    assert_true(refuse_gone(&one, MATERIAL_KEY, 2));
}

static void a_lookup_of_any_set_makes_the_next_refusal_the_first(void **state)
{
    (void)state;
    current = 3;
    assert_false(refuse_gone(&one, MATERIAL_CERT, 1));
    assert_int_equal(look(&one_of_named, MATERIAL_CERT), 3);
    assert_false(refuse_gone(&one, MATERIAL_CERT, 1));
    assert_int_equal(look(&two, MATERIAL_CERT), 3);
    assert_true(refuse_gone(&one, MATERIAL_CERT, 1));
}

/* What another reader is pinned to is no way in, or two readers could keep each other's generation for ever. */
static void what_others_are_pinned_to_is_refused_twice_too(void **state)
{
    (void)state;
    current = 1;
    assert_int_equal(open_name(&one, MATERIAL_CERT, 1), 1);
    current = 2;
    assert_true(is_pinned(1));
    assert_int_equal(open_gone(&two, MATERIAL_CERT, 1), 0);
    assert_false(refuse_gone(&two, MATERIAL_CERT, 1));
    assert_int_equal(open_gone(&two, MATERIAL_CERT, 1), 0);
    assert_true(refuse_gone(&two, MATERIAL_CERT, 1));
}

/* The vault lets go of a generation between two opens. */
static void a_refusal_counts_although_its_set_was_known_then(void **state)
{
    (void)state;
    current = 2;
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 0);
    assert_true(refuse_gone(&one, MATERIAL_CERT, 1));
}

static void a_refusal_of_what_nobody_knows_changes_no_snapshot(void **state)
{
    (void)state;
    current = 2;
    assert_int_equal(open_name(&one, MATERIAL_CA, 2), 2);
    current = 3;
    assert_false(refuse_gone(&one, MATERIAL_CERT, 1));
    assert_int_equal(open_name(&one, MATERIAL_CERT, 3), 2);
    now += 10 * PASS_GAP_MS;
    assert_int_equal(snapshots_expire(snapshots, now), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        READING_TEST(a_second_refusal_of_the_same_inode_opens_it),
        READING_TEST(it_opens_it_inside_a_snapshot_too),
        READING_TEST(a_refusal_outlives_the_importers_turn),
        READING_TEST(refusals_of_different_files_and_threads_do_not_add_up),
        READING_TEST(after_a_refusal_and_a_lookup_another_inode_opens_what_is_current),
        READING_TEST(inside_a_pass_it_opens_what_the_pass_is_of),
        READING_TEST(the_second_walk_may_have_no_lookup_of_its_own),
        READING_TEST(what_is_opened_for_another_inode_begins_a_pass),
        READING_TEST(what_is_gone_is_refused_however_often),
        READING_TEST(what_nobody_knows_is_refused_in_turns_of_two),
        READING_TEST(refusals_of_what_nobody_knows_add_up_for_one_thread_and_one_inode),
        READING_TEST(a_lookup_of_any_set_makes_the_next_refusal_the_first),
        READING_TEST(what_others_are_pinned_to_is_refused_twice_too),
        READING_TEST(a_refusal_counts_although_its_set_was_known_then),
        READING_TEST(a_refusal_of_what_nobody_knows_changes_no_snapshot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "fs/snapshot.h"

#include "tests/unit/harness.h"
#include "tests/unit/reading.h"

/* ---- rules 1 to 4 ---- */

static void files_that_one_thread_opens_are_of_one_generation(void **state)
{
    (void)state;
    current = 1;
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    current = 2;
    assert_int_equal(open_name(&one, MATERIAL_CERT, 2), 1);
    current = 3;
    assert_int_equal(open_name(&one, MATERIAL_KEY, 2), 1);
}

static void a_reader_that_opens_a_file_again_starts_over_with_the_newest(void **state)
{
    (void)state;
    current = 1;
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    current = 2;
    assert_int_equal(open_name(&one, MATERIAL_CA, 2), 2);
    assert_int_equal(open_name(&one, MATERIAL_CERT, 2), 2);
    current = 3;
    assert_int_equal(open_name(&one, MATERIAL_KEY, 3), 2);
    assert_int_equal(open_name(&one, MATERIAL_KEY, 3), 3);
}

static void a_name_that_was_looked_up_is_a_snapshot_already(void **state)
{
    (void)state;
    current = 1;
    assert_int_equal(look(&one, MATERIAL_CERT), 1);
    current = 2;
    assert_int_equal(look(&one, MATERIAL_CA), 1);
    assert_int_equal(open_inode(&one, MATERIAL_CA, 1), 1);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 1);
}

static void looking_a_name_up_again_changes_nothing_until_it_is_opened(void **state)
{
    (void)state;
    current = 1;
    assert_int_equal(look(&one, MATERIAL_CA), 1);
    current = 2;
    assert_int_equal(look(&one, MATERIAL_CA), 1);
    assert_int_equal(open_inode(&one, MATERIAL_CA, 1), 1);
    assert_int_equal(look(&one, MATERIAL_CA), 2);
}

static void inside_a_snapshot_every_other_generation_is_refused(void **state)
{
    (void)state;
    current = 2;
    assert_int_equal(open_inode(&one, MATERIAL_CA, 2), 2);
    current = 3;
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 3), 0);
    assert_int_equal(look(&one, MATERIAL_CERT), 2);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 0);
    assert_int_equal(look(&one, MATERIAL_CERT), 2);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 2), 2);
}

static void outside_a_snapshot_only_the_current_generation_is_opened(void **state)
{
    (void)state;
    current = 2;
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 0);
    assert_int_equal(look(&one, MATERIAL_CERT), 2);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 2), 2);
}

static void a_pinned_generation_is_opened_when_nobody_else_knows_it_any_more(void **state)
{
    (void)state;
    current = 1;
    assert_int_equal(open_inode(&one, MATERIAL_CA, 1), 1);
    current = 2;
    assert_true(is_pinned(1));
    assert_int_equal(look(&one, MATERIAL_CERT), 1);
    assert_int_equal(open_gone(&one, MATERIAL_CERT, 1), 1);
}

static void each_thread_has_its_own_snapshot(void **state)
{
    (void)state;
    current = 1;
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    current = 2;
    assert_int_equal(open_name(&two, MATERIAL_CA, 2), 2);
    assert_int_equal(open_name(&one, MATERIAL_CERT, 2), 1);
    assert_int_equal(open_name(&two, MATERIAL_CERT, 1), 2);
}

static void each_set_has_its_own_snapshot(void **state)
{
    (void)state;
    current = 1;
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    current = 2;
    assert_int_equal(open_name(&one_of_named, MATERIAL_CA, 2), 2);
    assert_int_equal(open_name(&one, MATERIAL_CERT, 2), 1);
    current = 3;
    assert_int_equal(open_name(&one_of_named, MATERIAL_CERT, 3), 2);
    assert_int_equal(open_name(&one_of_named, MATERIAL_CERT, 3), 3);
    assert_int_equal(open_name(&one, MATERIAL_KEY, 3), 1);
}

static void where_nothing_is_served_nothing_is_shown(void **state)
{
    (void)state;
    current = 0;
    assert_int_equal(look(&one, MATERIAL_CA), 0);
    assert_int_equal(look(&nobody, MATERIAL_CA), 0);
    assert_int_equal(open_gone(&one, MATERIAL_CA, 1), 0);
    assert_int_equal(open_gone(&one, MATERIAL_CA, 1), 0);
}

/* ---- the window, and what was offered ---- */

static void a_snapshot_ends_when_its_window_is_over(void **state)
{
    (void)state;
    current = 1;
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    current = 2;
    now += SNAPSHOT_WINDOW_MS - 1;
    assert_int_equal(open_name(&one, MATERIAL_CERT, 2), 1);
    now += 1;
    assert_int_equal(open_name(&one, MATERIAL_KEY, 2), 2);
}

static void the_window_begins_with_the_snapshot_not_with_its_last_file(void **state)
{
    (void)state;
    current = 1;
    assert_int_equal(look(&one, MATERIAL_CA), 1);
    current = 2;
    now += SNAPSHOT_WINDOW_MS - 1;
    assert_int_equal(look(&one, MATERIAL_CERT), 1);
    now += 1;
    assert_int_equal(look(&one, MATERIAL_KEY), 2);
}

/* Looks cert.pem up at the last moment of a snapshot of generation 1; 2 is current then, and the window over. */
static void be_offered_an_old_one(void)
{
    current = 1;
    assert_int_equal(open_inode(&one, MATERIAL_CA, 1), 1);
    current = 2;
    now += SNAPSHOT_WINDOW_MS - 1;
    assert_int_equal(look(&one, MATERIAL_CERT), 1);
    now += 2;
}

static void what_was_offered_is_opened_after_the_window_once(void **state)
{
    (void)state;
    be_offered_an_old_one();
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 1);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 0);
    assert_int_equal(look(&one, MATERIAL_CERT), 2);
}

static void an_offer_is_over_when_something_else_was_opened(void **state)
{
    (void)state;
    be_offered_an_old_one();
    assert_int_equal(open_inode(&one, MATERIAL_KEY, 2), 2);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 0);
}

/* The importer lets go of old pins whenever it wakes up, also at this moment. */
static void an_offer_outlives_the_end_of_the_window(void **state)
{
    (void)state;
    be_offered_an_old_one();
    (void)snapshots_expire(snapshots, now);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 1);
}

/* ---- rule 5 ---- */

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

static void refusals_of_different_inodes_do_not_add_up(void **state)
{
    (void)state;
    current = 3;
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 0);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 2), 0);
    assert_int_equal(open_inode(&one, MATERIAL_KEY, 2), 0);
    assert_int_equal(open_inode(&two, MATERIAL_KEY, 2), 0);
    assert_int_equal(open_inode(&one, MATERIAL_KEY, 2), 2);
}

static void a_lookup_between_two_refusals_makes_the_second_the_first(void **state)
{
    (void)state;
    current = 2;
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 0);
    assert_int_equal(look(&one, MATERIAL_CERT), 2);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 0);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 1);
}

static void what_is_gone_is_refused_however_often(void **state)
{
    (void)state;
    current = 2;
    for (int i = 0; i < 4; i++)
        assert_int_equal(open_gone(&one, MATERIAL_CERT, 1), 0);
}

/* ---- rule 6 ---- */

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
    now += 2 * SNAPSHOT_WINDOW_MS;
    assert_int_equal(snapshots_expire(snapshots, now), -1);
}

/* ---- rules 7 and 8 ---- */

static void thread_id_0_is_shown_the_current_and_opens_what_can_be_found(void **state)
{
    (void)state;
    current = 1;
    assert_int_equal(look(&nobody, MATERIAL_CA), 1);
    assert_int_equal(open_inode(&nobody, MATERIAL_CA, 1), 1);
    current = 2;
    assert_int_equal(look(&nobody, MATERIAL_CERT), 2);
    assert_int_equal(open_inode(&nobody, MATERIAL_CERT, 1), 1);
    assert_int_equal(open_gone(&nobody, MATERIAL_CERT, 1), 0);
    assert_true(refuse_gone(&nobody, MATERIAL_CERT, 1));
    assert_false(is_pinned(1));
    assert_false(is_pinned(2));
}

static void writing_to_control_ends_the_writers_pins_of_every_set(void **state)
{
    (void)state;
    current = 1;
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    assert_int_equal(open_name(&one_of_named, MATERIAL_CA, 1), 1);
    assert_int_equal(open_name(&two, MATERIAL_CA, 1), 1);
    snapshots_end(snapshots, one.thread);
    current = 2;
    assert_int_equal(open_name(&one, MATERIAL_CERT, 2), 2);
    assert_int_equal(open_name(&one_of_named, MATERIAL_CERT, 2), 2);
    assert_int_equal(open_name(&two, MATERIAL_CERT, 2), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        READING_TEST(files_that_one_thread_opens_are_of_one_generation),
        READING_TEST(a_reader_that_opens_a_file_again_starts_over_with_the_newest),
        READING_TEST(a_name_that_was_looked_up_is_a_snapshot_already),
        READING_TEST(looking_a_name_up_again_changes_nothing_until_it_is_opened),
        READING_TEST(inside_a_snapshot_every_other_generation_is_refused),
        READING_TEST(outside_a_snapshot_only_the_current_generation_is_opened),
        READING_TEST(a_pinned_generation_is_opened_when_nobody_else_knows_it_any_more),
        READING_TEST(each_thread_has_its_own_snapshot),
        READING_TEST(each_set_has_its_own_snapshot),
        READING_TEST(where_nothing_is_served_nothing_is_shown),
        READING_TEST(a_snapshot_ends_when_its_window_is_over),
        READING_TEST(the_window_begins_with_the_snapshot_not_with_its_last_file),
        READING_TEST(what_was_offered_is_opened_after_the_window_once),
        READING_TEST(an_offer_is_over_when_something_else_was_opened),
        READING_TEST(an_offer_outlives_the_end_of_the_window),
        READING_TEST(a_second_refusal_of_the_same_inode_opens_it),
        READING_TEST(it_opens_it_inside_a_snapshot_too),
        READING_TEST(a_refusal_outlives_the_importers_turn),
        READING_TEST(refusals_of_different_inodes_do_not_add_up),
        READING_TEST(a_lookup_between_two_refusals_makes_the_second_the_first),
        READING_TEST(what_is_gone_is_refused_however_often),
        READING_TEST(what_nobody_knows_is_refused_in_turns_of_two),
        READING_TEST(refusals_of_what_nobody_knows_add_up_for_one_thread_and_one_inode),
        READING_TEST(a_lookup_of_any_set_makes_the_next_refusal_the_first),
        READING_TEST(what_others_are_pinned_to_is_refused_twice_too),
        READING_TEST(a_refusal_counts_although_its_set_was_known_then),
        READING_TEST(a_refusal_of_what_nobody_knows_changes_no_snapshot),
        READING_TEST(thread_id_0_is_shown_the_current_and_opens_what_can_be_found),
        READING_TEST(writing_to_control_ends_the_writers_pins_of_every_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

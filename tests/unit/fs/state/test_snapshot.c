#include "fs/state/snapshot.h"

#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/snapshot_client.h"

/* ---- rules 1, 2 and 4 ---- */

TEST(files_that_one_thread_opens_are_of_one_generation)
{
    current = 1;
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    current = 2;
    assert_int_equal(open_name(&one, MATERIAL_CERT, 2), 1);
    current = 3;
    assert_int_equal(open_name(&one, MATERIAL_KEY, 2), 1);
}

TEST(a_reader_that_opens_a_file_again_starts_over_with_the_newest)
{
    current = 1;
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    current = 2;
    assert_int_equal(open_name(&one, MATERIAL_CA, 2), 2);
    assert_int_equal(open_name(&one, MATERIAL_CERT, 2), 2);
    current = 3;
    assert_int_equal(open_name(&one, MATERIAL_KEY, 3), 2);
    assert_int_equal(open_name(&one, MATERIAL_KEY, 3), 3);
}

TEST(a_name_that_was_looked_up_is_a_snapshot_already)
{
    current = 1;
    assert_int_equal(look(&one, MATERIAL_CERT), 1);
    current = 2;
    assert_int_equal(look(&one, MATERIAL_CA), 1);
    assert_int_equal(open_inode(&one, MATERIAL_CA, 1), 1);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 1);
}

TEST(looking_a_name_up_again_changes_nothing_until_it_is_opened)
{
    current = 1;
    assert_int_equal(look(&one, MATERIAL_CA), 1);
    current = 2;
    assert_int_equal(look(&one, MATERIAL_CA), 1);
    assert_int_equal(open_inode(&one, MATERIAL_CA, 1), 1);
    assert_int_equal(look(&one, MATERIAL_CA), 2);
}

TEST(inside_a_snapshot_every_other_generation_is_refused)
{
    current = 2;
    assert_int_equal(open_inode(&one, MATERIAL_CA, 2), 2);
    current = 3;
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 3), 0);
    assert_int_equal(look(&one, MATERIAL_CERT), 2);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 2), 2);
    assert_int_equal(open_inode(&one, MATERIAL_KEY, 1), 0);
}

TEST(outside_a_snapshot_only_the_current_generation_is_opened)
{
    current = 2;
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 0);
    assert_int_equal(look(&one, MATERIAL_CERT), 2);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 2), 2);
}

TEST(a_pinned_generation_is_opened_when_only_the_pin_knows_it)
{
    current = 1;
    assert_int_equal(open_inode(&one, MATERIAL_CA, 1), 1);
    current = 2;
    assert_true(is_pinned(1));
    assert_int_equal(look(&one, MATERIAL_CERT), 1);
    assert_int_equal(open_gone(&one, MATERIAL_CERT, 1), 1);
}

TEST(each_thread_has_its_own_snapshot)
{
    current = 1;
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    current = 2;
    assert_int_equal(open_name(&two, MATERIAL_CA, 2), 2);
    assert_int_equal(open_name(&one, MATERIAL_CERT, 2), 1);
    assert_int_equal(open_name(&two, MATERIAL_CERT, 1), 2);
}

TEST(each_set_has_its_own_snapshot)
{
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

TEST(where_nothing_is_served_nothing_is_shown)
{
    current = 0;
    assert_int_equal(look(&one, MATERIAL_CA), 0);
    assert_int_equal(look(&nobody, MATERIAL_CA), 0);
    assert_int_equal(open_gone(&one, MATERIAL_CA, 1), 0);
    assert_int_equal(open_gone(&one, MATERIAL_CA, 1), 0);
}

/* ---- the gap, and what was offered ---- */

TEST(a_pass_is_over_when_nothing_was_opened_for_the_gap)
{
    current = 1;
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    current = 2;
    now += PASS_GAP_MS;
    assert_int_equal(open_name(&one, MATERIAL_CERT, 2), 2);
}

TEST(each_open_gives_a_pass_the_gap_anew_and_a_lookup_does_not)
{
    current = 1;
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    current = 2;
    now += PASS_GAP_MS - 1;
    assert_int_equal(open_name(&one, MATERIAL_CERT, 2), 1);
    now += PASS_GAP_MS - 1;
    assert_int_equal(look(&one, MATERIAL_KEY), 1);
    now += 1;
    assert_int_equal(look(&one, MATERIAL_KEY), 2);
}

TEST(a_pass_is_over_with_its_last_file)
{
    current = 1;
    for (enum material_file file = MATERIAL_CA; file < MATERIAL_PEM_COUNT; file++)
        assert_int_equal(open_name(&one, file, 1), 1);
    current = 2;
    assert_int_equal(open_name(&one, MATERIAL_CERT, 1), 2);
}

/* nginx, stunnel and PostgreSQL read cert, key, ca, ca at each reload. */
TEST(the_last_file_twice_in_a_row_begins_no_pass)
{
    static const enum material_file order[] = {MATERIAL_CERT, MATERIAL_KEY, MATERIAL_CA, MATERIAL_CA};
    for (uint64_t number = 1; number < READING_GENERATIONS; number++) {
        current = number;
        for (size_t i = 0; i < 3; i++) {
            assert_int_equal(open_name(&one, order[i], number), number);
            current = number + 1;
        }
        current = number + number % 2;
        assert_int_equal(open_name(&one, order[3], number), current);
    }
}

TEST(it_begins_one_where_files_are_missing_or_after_the_gap)
{
    current = 1;
    assert_int_equal(open_name(&one, MATERIAL_CERT, 1), 1);
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    current = 2;
    assert_int_equal(open_name(&one, MATERIAL_CERT, 2), 1);
    assert_int_equal(open_name(&one, MATERIAL_KEY, 2), 1);
    now += PASS_GAP_MS;
    assert_int_equal(open_name(&one, MATERIAL_KEY, 2), 2);
    current = 3;
    assert_int_equal(open_name(&one, MATERIAL_CA, 3), 2);
}

TEST(a_repeat_that_was_refused_is_not_refused_again)
{
    current = 1;
    for (enum material_file file = MATERIAL_CA; file < MATERIAL_PEM_COUNT; file++)
        assert_int_equal(open_name(&one, file, 1), 1);
    current = 2;
    assert_int_equal(open_inode(&one, MATERIAL_KEY, 1), 0);
    assert_int_equal(look(&one, MATERIAL_KEY), 2);
    current = 3;
    assert_int_equal(open_inode(&one, MATERIAL_KEY, 2), 2);
}

/* Is refused 2 and shown 1 of cert.pem at the last moment of a pass of 1; 2 is current then, and the pass over. */
static void be_offered_an_old_one(void)
{
    current = 1;
    assert_int_equal(open_inode(&one, MATERIAL_CA, 1), 1);
    current = 2;
    now += PASS_GAP_MS - 1;
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 2), 0);
    assert_int_equal(look(&one, MATERIAL_CERT), 1);
    now += 2;
}

TEST(an_offered_name_is_opened_after_the_pass_once)
{
    be_offered_an_old_one();
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 1);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 0);
    assert_int_equal(look(&one, MATERIAL_CERT), 2);
}

TEST(an_offer_is_over_when_something_else_was_opened)
{
    be_offered_an_old_one();
    assert_int_equal(open_inode(&one, MATERIAL_KEY, 2), 2);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 0);
}

/* The importer lets go of old pins whenever it wakes up, also at this moment. */
TEST(an_offer_outlives_the_end_of_its_pass)
{
    be_offered_an_old_one();
    (void)snapshots_expire(snapshots, now);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 1);
}

/* stat(2) looks a name up too, and the kernel may remember it until much later. */
TEST(a_name_looked_up_without_a_refusal_is_not_opened_after_the_pass)
{
    current = 1;
    assert_int_equal(look(&one, MATERIAL_CERT), 1);
    current = 2;
    now += PASS_GAP_MS;
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 0);
    assert_int_equal(look(&one, MATERIAL_CERT), 2);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 2), 2);
}

/* ---- rule 5, and control ---- */

TEST(thread_id_0_is_shown_the_current_and_opens_what_can_be_found)
{
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

TEST(writing_to_control_ends_the_writers_pins_of_every_set)
{
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

EACH_TEST(reading_setup, reading_teardown);

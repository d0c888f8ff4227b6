#include "fs/snapshot.h"

#include "tests/unit/harness.h"
#include "tests/unit/reading.h"

/* ---- rules 1, 2 and 4 ---- */

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
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 2), 2);
    assert_int_equal(open_inode(&one, MATERIAL_KEY, 1), 0);
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

/* ---- the gap, and what was offered ---- */

static void a_pass_is_over_when_nothing_was_opened_for_the_gap(void **state)
{
    (void)state;
    current = 1;
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    current = 2;
    now += PASS_GAP_MS;
    assert_int_equal(open_name(&one, MATERIAL_CERT, 2), 2);
}

static void each_open_gives_a_pass_the_gap_anew_and_a_lookup_does_not(void **state)
{
    (void)state;
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

static void a_pass_is_over_with_its_last_file(void **state)
{
    (void)state;
    current = 1;
    for (enum material_file file = MATERIAL_CA; file < MATERIAL_PEM_COUNT; file++)
        assert_int_equal(open_name(&one, file, 1), 1);
    current = 2;
    assert_int_equal(open_name(&one, MATERIAL_CERT, 1), 2);
}

/* nginx, stunnel and PostgreSQL read cert, key, ca, ca at each reload. */
static void the_last_file_twice_in_a_row_begins_no_pass(void **state)
{
    static const enum material_file order[] = {MATERIAL_CERT, MATERIAL_KEY, MATERIAL_CA, MATERIAL_CA};
    (void)state;
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

static void it_begins_one_where_files_are_missing_or_after_the_gap(void **state)
{
    (void)state;
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

static void a_repeat_that_was_refused_is_not_refused_again(void **state)
{
    (void)state;
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

static void what_was_offered_is_opened_after_the_pass_once(void **state)
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
static void an_offer_outlives_the_end_of_its_pass(void **state)
{
    (void)state;
    be_offered_an_old_one();
    (void)snapshots_expire(snapshots, now);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 1);
}

/* stat(2) looks a name up too, and the kernel may remember it until much later. */
static void what_was_looked_up_without_a_refusal_is_not_opened_after_the_pass(void **state)
{
    (void)state;
    current = 1;
    assert_int_equal(look(&one, MATERIAL_CERT), 1);
    current = 2;
    now += PASS_GAP_MS;
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 0);
    assert_int_equal(look(&one, MATERIAL_CERT), 2);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 2), 2);
}

/* ---- rule 5, and control ---- */

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
        READING_TEST(a_pass_is_over_when_nothing_was_opened_for_the_gap),
        READING_TEST(each_open_gives_a_pass_the_gap_anew_and_a_lookup_does_not),
        READING_TEST(a_pass_is_over_with_its_last_file),
        READING_TEST(the_last_file_twice_in_a_row_begins_no_pass),
        READING_TEST(it_begins_one_where_files_are_missing_or_after_the_gap),
        READING_TEST(a_repeat_that_was_refused_is_not_refused_again),
        READING_TEST(what_was_offered_is_opened_after_the_pass_once),
        READING_TEST(an_offer_is_over_when_something_else_was_opened),
        READING_TEST(an_offer_outlives_the_end_of_its_pass),
        READING_TEST(what_was_looked_up_without_a_refusal_is_not_opened_after_the_pass),
        READING_TEST(thread_id_0_is_shown_the_current_and_opens_what_can_be_found),
        READING_TEST(writing_to_control_ends_the_writers_pins_of_every_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "fs/snapshot.h"

#include "tests/unit/alloc.h"
#include "tests/unit/harness.h"
#include "tests/unit/sets.h"

enum { GENERATIONS = 6, A_USER = 27, ANOTHER_USER = 1000, NAMED = 7 };

/* The one who reads the root set, another thread, and the first with another set. */
static const struct snapshot_reader one = {.thread = 100, .uid = A_USER};
static const struct snapshot_reader two = {.thread = 101, .uid = A_USER};
static const struct snapshot_reader one_of_named = {.thread = 100, .uid = A_USER, .set = NAMED};
static const struct snapshot_reader nobody = {.thread = 0, .uid = A_USER};

static struct snapshots *snapshots;
static struct generation *made[GENERATIONS + 1]; /* by number */
static uint64_t current;                         /* a number; 0: nothing is served */
static int64_t now;

/* LOOKUP: the number that is shown, 0 for none. */
static uint64_t look(const struct snapshot_reader *reader, enum material_file file)
{
    CLEANUP(generation_unrefp) struct generation *shown = snapshots_lookup(snapshots, reader, file, made[current], now);
    return shown == NULL ? 0 : shown->number;
}

static uint64_t number_of(struct generation *opened)
{
    uint64_t number = opened == NULL ? 0 : opened->number;
    generation_unref(opened);
    return number;
}

/* OPEN of an inode of this generation: the number that is opened, 0 for ESTALE. */
static uint64_t open_inode(const struct snapshot_reader *reader, enum material_file file, uint64_t number)
{
    return number_of(snapshots_open(snapshots, reader, file, number, made[number], made[current], now));
}

/* The same where only a pin may still know the generation. */
static uint64_t open_gone(const struct snapshot_reader *reader, enum material_file file, uint64_t number)
{
    return number_of(snapshots_open(snapshots, reader, file, number, NULL, made[current], now));
}

/* What the kernel makes of open(2) when it remembers the name as `cached`; 0: ESTALE reaches the program. */
static uint64_t open_name(const struct snapshot_reader *reader, enum material_file file, uint64_t cached)
{
    uint64_t opened = open_inode(reader, file, cached);
    return opened != 0 ? opened : open_inode(reader, file, look(reader, file));
}

static bool is_pinned(uint64_t number)
{
    return number_of(snapshots_find(snapshots, number)) == number;
}

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

/* ---- rules 6 and 7 ---- */

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

/* ---- how long pins are kept, and how many ---- */

static void old_pins_are_let_go_of_in_their_order(void **state)
{
    (void)state;
    assert_int_equal(snapshots_expire(snapshots, now), -1);
    current = 1;
    assert_int_equal(look(&one, MATERIAL_CA), 1);
    now += 500;
    current = 2;
    assert_int_equal(look(&two, MATERIAL_CA), 2);
    int64_t began = now;
    now += snapshots_expire(snapshots, now);
    int left = snapshots_expire(snapshots, now);
    assert_false(is_pinned(1));
    assert_true(is_pinned(2));
    now += left;
    assert_int_equal(snapshots_expire(snapshots, now), -1);
    assert_false(is_pinned(2));
    assert_in_range(now - began, SNAPSHOT_WINDOW_MS, 2 * SNAPSHOT_WINDOW_MS);
}

static struct snapshot_reader thread_of(uid_t uid, int number)
{
    return (struct snapshot_reader){.thread = (pid_t)(uid * 10000) + number, .uid = uid};
}

static void a_user_with_too_many_threads_loses_the_oldest_pin_and_others_none(void **state)
{
    (void)state;
    const struct snapshot_reader other = thread_of(ANOTHER_USER, 0);
    current = 1;
    assert_int_equal(open_name(&other, MATERIAL_CA, 1), 1);
    for (int i = 0; i <= SNAPSHOT_PINS_PER_UID; i++) {
        const struct snapshot_reader thread = thread_of(A_USER, i);
        now += i == 1;
        assert_int_equal(open_name(&thread, MATERIAL_CA, 1), 1);
    }
    const struct snapshot_reader first = thread_of(A_USER, 0), second = thread_of(A_USER, 1);
    const struct snapshot_reader last = thread_of(A_USER, SNAPSHOT_PINS_PER_UID);
    current = 2;
    assert_int_equal(open_name(&other, MATERIAL_CERT, 2), 1);
    assert_int_equal(open_name(&second, MATERIAL_CERT, 2), 1);
    assert_int_equal(open_name(&last, MATERIAL_CERT, 2), 1);
    assert_int_equal(open_name(&first, MATERIAL_CERT, 2), 2);
}

/* ---- removal ---- */

static bool is_wiped(struct material *material)
{
    struct span bytes;
    if (content_borrow(material_content(material, MATERIAL_KEY), &bytes) != 0)
        return true;
    content_return(material_content(material, MATERIAL_KEY));
    return false;
}

static void removing_a_set_wipes_what_its_pins_hold_and_ends_them(void **state)
{
    (void)state;
    current = 1;
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    current = 2;
    assert_int_equal(open_name(&one_of_named, MATERIAL_CA, 2), 2);
    snapshots_revoke(snapshots, one.set);
    assert_true(is_wiped(made[1]->material));
    assert_false(is_wiped(made[2]->material));
    assert_false(is_pinned(1));
    assert_int_equal(open_name(&one, MATERIAL_CERT, 2), 2);
    current = 3;
    assert_int_equal(open_name(&one_of_named, MATERIAL_CERT, 3), 2);
}

/* ---- without memory ---- */

static void read_three_files(void *unused)
{
    (void)unused;
    for (enum material_file file = MATERIAL_CA; file < MATERIAL_FILE_COUNT; file++) {
        assert_int_equal(look(&one, file), 1);
        assert_int_equal(open_inode(&one, file, 1), 1);
    }
    snapshots_end(snapshots, one.thread);
}

static void without_memory_a_reader_reads_without_a_snapshot(void **state)
{
    (void)state;
    current = 1;
    assert_true(alloc_fail_each(read_three_files, NULL) > 0);
    struct snapshots *none = NULL;
    struct fault f = {0};
    alloc_fail(1);
    law_expect(snapshots_new(&none, &f), &f, REASON_NO_MEMORY);
    alloc_fail(0);
    assert_null(none);
}

/* Two materials for all: what tests tell apart is the number. Fresh ones for every test, since some wipe them. */
static int setup(void **state)
{
    (void)state;
    struct fault f = {0};
    struct material *sets[2];
    for (int i = 0; i < 2; i++) {
        struct pki pki;
        pki_make(&pki, pki_key(2 + i));
        sets[i] = set_material(&pki);
        pki_done(&pki);
    }
    for (uint64_t number = 1; number <= GENERATIONS; number++)
        made[number] = generation_new(number, PKI_NOW, sets[number % 2]);
    material_unref(sets[0]);
    material_unref(sets[1]);
    current = 0;
    now = 1000000;
    return snapshots_new(&snapshots, &f);
}

static int teardown(void **state)
{
    (void)state;
    snapshots_freep(&snapshots);
    for (uint64_t number = 1; number <= GENERATIONS; number++)
        generation_unrefp(&made[number]);
    return 0;
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(files_that_one_thread_opens_are_of_one_generation),
        A_TEST(a_reader_that_opens_a_file_again_starts_over_with_the_newest),
        A_TEST(a_name_that_was_looked_up_is_a_snapshot_already),
        A_TEST(looking_a_name_up_again_changes_nothing_until_it_is_opened),
        A_TEST(inside_a_snapshot_every_other_generation_is_refused),
        A_TEST(outside_a_snapshot_only_the_current_generation_is_opened),
        A_TEST(a_pinned_generation_is_opened_when_nobody_else_knows_it_any_more),
        A_TEST(each_thread_has_its_own_snapshot),
        A_TEST(each_set_has_its_own_snapshot),
        A_TEST(where_nothing_is_served_nothing_is_shown),
        A_TEST(a_snapshot_ends_when_its_window_is_over),
        A_TEST(the_window_begins_with_the_snapshot_not_with_its_last_file),
        A_TEST(what_was_offered_is_opened_after_the_window_once),
        A_TEST(an_offer_is_over_when_something_else_was_opened),
        A_TEST(an_offer_outlives_the_end_of_the_window),
        A_TEST(a_second_refusal_of_the_same_inode_opens_it),
        A_TEST(it_opens_it_inside_a_snapshot_too),
        A_TEST(a_refusal_outlives_the_importers_turn),
        A_TEST(refusals_of_different_inodes_do_not_add_up),
        A_TEST(a_lookup_between_two_refusals_makes_the_second_the_first),
        A_TEST(what_is_gone_is_refused_however_often),
        A_TEST(thread_id_0_is_shown_the_current_and_opens_what_can_be_found),
        A_TEST(writing_to_control_ends_the_writers_pins_of_every_set),
        A_TEST(old_pins_are_let_go_of_in_their_order),
        A_TEST(a_user_with_too_many_threads_loses_the_oldest_pin_and_others_none),
        A_TEST(removing_a_set_wipes_what_its_pins_hold_and_ends_them),
        A_TEST(without_memory_a_reader_reads_without_a_snapshot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

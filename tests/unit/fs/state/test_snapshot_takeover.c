/*
 * The worker is replaced: another object goes on with what the first one has left in its cells (rule 6 of snapshot.c).
 */
#include "fs/state/snapshot.h"

#include "core/set/generation.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/snapshot_client.h"

enum { CELLS = 8, OUTAGE_MS = 10000 };

static pid_t dead, gone; /* the threads up to the second one are not in /proc */

static bool lives(pid_t thread)
{
    return thread != dead;
}

static pid_t process_of(pid_t thread)
{
    return thread <= gone ? 0 : thread / 100;
}

static const struct pass_system threads = {.lives = lives, .process_of = process_of};
static const struct snapshot_reader other = {.thread = 200, .uid = READING_USER};

static void set_up(void)
{
    reading_setup();
    begin_outliving(CELLS);
    snapshots_ask(snapshots, &threads);
    dead = gone = 0;
    current = 1;
}

static void go_on_after(int64_t outage)
{
    take_over(outage);
    snapshots_ask(snapshots, &threads);
}

static size_t count_cells(void)
{
    struct pin_cell cell;
    size_t count = 0;
    for (size_t i = 0; i < outliving.pins.count; i++)
        count += cells_get(&outliving.pins, i, &cell);
    return count;
}

/* ---- passes ---- */

TEST(a_pass_goes_on_however_long_no_worker_ran)
{
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    current = 2;
    go_on_after(OUTAGE_MS);
    assert_int_equal(open_name(&one, MATERIAL_CERT, 2), 1);
    go_on_after(OUTAGE_MS);
    assert_int_equal(open_name(&one, MATERIAL_KEY, 2), 1);
    go_on_after(OUTAGE_MS);
    assert_int_equal(open_name(&one, MATERIAL_CA, 2), 2);
}

TEST(a_pass_does_not_go_on_for_longer_than_before)
{
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    current = 2;
    now += PASS_GAP_MS / 2;
    assert_int_equal(open_name(&other, MATERIAL_CA, 2), 2);
    go_on_after(OUTAGE_MS);
    now += PASS_GAP_MS / 2;
    assert_int_equal(open_name(&one, MATERIAL_CERT, 2), 2);
    assert_int_equal(open_name(&other, MATERIAL_CERT, 2), 2);
}

TEST(workers_that_end_one_after_the_other_end_no_pass)
{
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    current = 2;
    for (int i = 0; i < 5; i++) {
        now += 30;
        assert_int_equal(open_name(&other, i % 2 == 0 ? MATERIAL_CA : MATERIAL_CERT, 2), 2);
        go_on_after(OUTAGE_MS);
    }
    assert_int_equal(open_name(&one, MATERIAL_CERT, 2), 1);
}

TEST(a_name_that_was_looked_up_is_the_same_afterwards)
{
    assert_int_equal(look(&one, MATERIAL_CERT), 1);
    current = 2;
    go_on_after(0);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 1);
}

TEST(each_set_and_thread_goes_on_by_itself)
{
    const struct snapshot_reader another = {.thread = 300, .uid = READING_OTHER_USER};
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    current = 2;
    assert_int_equal(open_name(&another, MATERIAL_CA, 2), 2);
    current = 3;
    go_on_after(OUTAGE_MS);
    assert_int_equal(open_name(&other, MATERIAL_CERT, 3), 3);
    assert_int_equal(open_name(&another, MATERIAL_CERT, 3), 2);
    assert_int_equal(open_name(&one, MATERIAL_CERT, 3), 1);
}

TEST(a_pass_of_a_writer_to_control_is_over_afterwards_too)
{
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    current = 2;
    snapshots_end(snapshots, one.thread);
    go_on_after(0);
    assert_int_equal(open_name(&one, MATERIAL_CERT, 2), 2);
}

TEST(pins_that_are_dropped_leave_nothing_in_memory)
{
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    assert_int_equal(open_name(&two, MATERIAL_CA, 1), 1);
    assert_int_equal(open_name(&other, MATERIAL_CA, 1), 1);
    assert_int_equal(count_cells(), 3);
    snapshots_end(snapshots, two.thread);
    assert_int_equal(count_cells(), 2);
    snapshots_revoke(snapshots, 0);
    assert_int_equal(count_cells(), 0);
    for (size_t i = 0; i < outliving.pins.count * cells_stride(outliving.pins.size); i++)
        assert_int_equal(outliving.pins.memory[i], 0);
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    now += OUTAGE_MS;
    assert_int_equal(snapshots_expire(snapshots, now), -1);
    assert_int_equal(count_cells(), 0);
}

/* Else the passes of a thread that reads on and on would begin with its second file from then on. */
TEST(where_a_generation_is_gone_only_that_set_is_mixed)
{
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    current = 2;
    generation_unrefp(&made[1]);
    made[1] = NULL;
    go_on_after(0);
    assert_int_equal(open_name(&one, MATERIAL_CERT, 2), 2);
    assert_int_equal(open_name(&one, MATERIAL_KEY, 2), 2);
    assert_int_equal(open_name(&one, MATERIAL_CA, 2), 2);
    current = 3;
    assert_int_equal(open_name(&one, MATERIAL_CERT, 3), 2);
    assert_int_equal(open_name(&one, MATERIAL_KEY, 3), 2);
    assert_int_equal(open_name(&one, MATERIAL_CA, 3), 3);
}

TEST(an_open_of_a_generation_that_is_gone_comes_again_as_one_of_the_next)
{
    const struct snapshot_reader cert = numbered(&one, 12);
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    assert_int_equal(open_inode(&cert, MATERIAL_CERT, 1), 1);
    current = 2;
    generation_unrefp(&made[1]);
    made[1] = NULL;
    go_on_after(OUTAGE_MS);
    assert_int_equal(open_inode(&cert, MATERIAL_CERT, 1), 2);
    assert_int_equal(open_name(&one, MATERIAL_KEY, 2), 2);
    current = 3;
    assert_int_equal(open_name(&one, MATERIAL_CA, 3), 3);
    assert_int_equal(open_name(&one, MATERIAL_CERT, 3), 3);
}

/* ---- imports ---- */

TEST(an_import_that_is_answered_afterwards_waits_for_passes_that_began_before)
{
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    current = 2;
    go_on_after(OUTAGE_MS);
    snapshots_import(snapshots, true);
    assert_false(snapshots_settle(snapshots, 0, 2, now, now));
    assert_int_equal(open_name(&one, MATERIAL_CERT, 2), 1);
    assert_int_equal(open_name(&one, MATERIAL_KEY, 2), 1);
    assert_true(snapshots_settle(snapshots, 0, 2, now, now));
}

TEST(the_time_from_the_restore_to_the_first_request_is_none_for_a_pass)
{
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    current = 2;
    go_on_after(OUTAGE_MS);
    now += PASS_GAP_MS;
    snapshots_go_on(snapshots, now);
    assert_int_equal(open_name(&one, MATERIAL_CERT, 2), 1);
    assert_int_equal(open_name(&one, MATERIAL_KEY, 2), 1);
}

TEST(threads_of_one_process_share_a_reading_before_the_import_comes_again)
{
    snapshots_import(snapshots, true);
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    current = 2;
    go_on_after(OUTAGE_MS);
    assert_int_equal(open_name(&two, MATERIAL_CERT, 2), 1);
    assert_int_equal(open_name(&other, MATERIAL_CERT, 2), 2);
    now += PASS_LIMIT_MS;
    assert_int_equal(open_name(&two, MATERIAL_KEY, 2), 2);
}

TEST(a_shared_reading_is_shared_afterwards_and_ends_as_one)
{
    snapshots_import(snapshots, true);
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    current = 2;
    assert_int_equal(open_name(&two, MATERIAL_CERT, 2), 1);
    go_on_after(OUTAGE_MS);
    int64_t committed = now;
    now += PASS_GAP_MS - 1;
    assert_int_equal(open_name(&two, MATERIAL_CA, 2), 1);
    assert_false(snapshots_settle(snapshots, 0, 2, committed, now));
    now++;
    assert_true(snapshots_settle(snapshots, 0, 2, committed, now));
}

TEST(the_process_of_a_thread_that_has_ended_is_known_afterwards)
{
    const struct snapshot_reader three = {.thread = 102, .uid = READING_USER};
    snapshots_import(snapshots, true);
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    current = 2;
    assert_int_equal(open_name(&two, MATERIAL_CERT, 2), 1);
    gone = two.thread;
    go_on_after(OUTAGE_MS);
    assert_int_equal(open_name(&three, MATERIAL_KEY, 2), 1);
}

/* Else a thread that has opened one file and sleeps would go on with the old set when the worker is replaced. */
TEST(a_pass_that_no_answer_had_to_wait_for_is_over_afterwards)
{
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    now += PASS_GAP_MS;
    current = 2;
    assert_true(snapshots_settle(snapshots, 0, 2, now, now));
    go_on_after(0);
    assert_int_equal(open_name(&one, MATERIAL_CERT, 2), 2);
}

TEST(a_pass_that_was_ended_for_an_answer_is_over_afterwards)
{
    int64_t committed = now;
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    current = 2;
    now += PASS_LIMIT_MS - 1;
    assert_int_equal(open_name(&one, MATERIAL_CA, 2), 2);
    current = 3;
    now++;
    assert_true(snapshots_settle(snapshots, 0, 3, committed, now));
    go_on_after(0);
    assert_int_equal(open_name(&one, MATERIAL_CERT, 3), 3);
}

/* ---- requests that come again ---- */

TEST(an_open_that_comes_again_is_answered_as_before)
{
    const struct snapshot_reader cert = numbered(&one, 12), key = numbered(&one, 14);
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    current = 2;
    assert_int_equal(open_inode(&cert, MATERIAL_CERT, 1), 1);
    go_on_after(OUTAGE_MS);
    assert_int_equal(open_inode(&cert, MATERIAL_CERT, 1), 1);
    assert_int_equal(open_inode(&key, MATERIAL_KEY, 1), 1);
    go_on_after(OUTAGE_MS);
    assert_int_equal(open_inode(&key, MATERIAL_KEY, 1), 1);
    assert_int_equal(open_name(&one, MATERIAL_KEY, 2), 2);
}

TEST(an_open_that_comes_again_after_the_worker_has_ended_twice_is_answered_as_before)
{
    const struct snapshot_reader cert = numbered(&one, 12);
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    current = 2;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(open_inode(&cert, MATERIAL_CERT, 1), 1);
        go_on_after(OUTAGE_MS);
    }
    assert_int_equal(open_name(&one, MATERIAL_KEY, 2), 1);
}

/* Else the second time would count as the second refusal, and open the inode without a path. */
TEST(a_refusal_that_comes_again_is_one_refusal)
{
    const struct snapshot_reader cert = numbered(&one, 12);
    current = 2;
    assert_int_equal(open_name(&one, MATERIAL_CA, 2), 2);
    assert_int_equal(open_inode(&cert, MATERIAL_CERT, 1), 0);
    go_on_after(OUTAGE_MS);
    assert_int_equal(open_inode(&cert, MATERIAL_CERT, 1), 0);
    assert_int_equal(look(&one, MATERIAL_CERT), 2);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 2), 2);
}

/* Else what it shows is refused where the kernel does not walk again, and the program sees that. */
TEST(a_lookup_after_a_refusal_that_comes_again_offers_what_it_shows)
{
    const struct snapshot_reader again = numbered(&one, 14);
    current = 2;
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 0);
    assert_int_equal(look(&again, MATERIAL_CERT), 2);
    go_on_after(OUTAGE_MS);
    assert_int_equal(look(&again, MATERIAL_CERT), 2);
    current = 3;
    now += PASS_GAP_MS;
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 2), 2);
}

TEST(an_inode_without_a_path_is_opened_again_when_its_open_comes_again)
{
    const struct snapshot_reader second = numbered(&one, 14);
    current = 2;
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 0);
    assert_int_equal(open_inode(&second, MATERIAL_CERT, 1), 1);
    go_on_after(OUTAGE_MS);
    assert_int_equal(open_inode(&second, MATERIAL_CERT, 1), 1);
}

TEST(a_generation_that_is_gone_is_refused_again_and_then_not)
{
    const struct snapshot_reader first = numbered(&one, 12), second = numbered(&one, 14);
    assert_false(refuse_gone(&first, MATERIAL_CERT, 1));
    go_on_after(OUTAGE_MS);
    assert_false(refuse_gone(&first, MATERIAL_CERT, 1));
    assert_true(refuse_gone(&second, MATERIAL_CERT, 1));
    go_on_after(OUTAGE_MS);
    assert_true(refuse_gone(&second, MATERIAL_CERT, 1));
}

EACH_TEST(set_up, reading_teardown);

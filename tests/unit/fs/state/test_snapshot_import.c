/*
 * The answer of an import waits for readers (rule 3 of snapshot.c). Threads 100 and 101 are of one process, 200 is of
 * another.
 */
#include "fs/state/snapshot.h"

#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/snapshot_client.h"

static const struct snapshot_reader other = {.thread = 200, .uid = READING_USER};
static pid_t dead;
static unsigned asked; /* how often /proc would have been read */
static bool hidden;    /* /proc shows nothing */
static int64_t committed;

static bool lives(pid_t thread)
{
    return thread != dead;
}

static pid_t process_of(pid_t thread)
{
    asked++;
    return hidden ? 0 : thread / 100;
}

static void set_up(void)
{
    reading_setup();
    snapshots_ask(snapshots, &(struct pass_system){.lives = lives, .process_of = process_of});
    dead = 0;
    asked = 0;
    hidden = false;
    current = 1;
}

static void commit(void)
{
    snapshots_import(snapshots, true);
    current++;
    committed = now;
}

static bool is_settled(void)
{
    return snapshots_settle(snapshots, 0, current, committed, now);
}

static void answer(void)
{
    assert_true(is_settled());
    snapshots_import(snapshots, false);
}

TEST(without_readers_nothing_is_waited_for)
{
    commit();
    answer();
}

TEST(a_whole_pass_is_not_waited_for)
{
    for (enum material_file file = MATERIAL_CA; file < MATERIAL_PEM_COUNT; file++)
        assert_int_equal(open_name(&one, file, 1), 1);
    commit();
    answer();
}

TEST(an_unfinished_pass_is_waited_for_until_its_last_file)
{
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    commit();
    assert_false(is_settled());
    assert_int_equal(open_name(&one, MATERIAL_CERT, 2), 1);
    assert_false(is_settled());
    assert_int_equal(open_name(&one, MATERIAL_KEY, 2), 1);
    answer();
}

TEST(a_pass_is_waited_for_until_the_gap_is_over)
{
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    commit();
    now += PASS_GAP_MS - 1;
    assert_false(is_settled());
    now += 1;
    answer();
    assert_int_equal(open_name(&one, MATERIAL_CERT, 2), 2);
}

TEST(a_thread_that_is_gone_is_not_waited_for)
{
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    commit();
    assert_false(is_settled());
    dead = one.thread;
    answer();
}

TEST(gaps_below_the_limit_leave_a_pass_whole)
{
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    commit();
    now += PASS_GAP_MS - 1;
    assert_false(is_settled());
    assert_int_equal(open_name(&one, MATERIAL_CERT, 2), 1);
    now += PASS_GAP_MS - 1;
    assert_false(is_settled());
    assert_int_equal(open_name(&one, MATERIAL_KEY, 2), 1);
    answer();
}

TEST(from_the_limit_on_nothing_is_waited_for)
{
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    commit();
    now += PASS_GAP_MS - 1;
    assert_int_equal(open_name(&one, MATERIAL_CERT, 2), 1);
    committed = now - PASS_LIMIT_MS;
    answer();
    assert_int_equal(open_name(&one, MATERIAL_KEY, 2), 2);
}

TEST(passes_of_another_set_or_of_the_new_generation_are_not_waited_for)
{
    assert_int_equal(open_name(&one_of_named, MATERIAL_CA, 1), 1);
    commit();
    assert_int_equal(open_name(&one, MATERIAL_CA, 2), 2);
    answer();
}

TEST(threads_of_one_process_share_a_pass_until_the_answer)
{
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    commit();
    assert_int_equal(open_name(&two, MATERIAL_CERT, 2), 1);
    assert_int_equal(open_name(&other, MATERIAL_CERT, 2), 2);
    assert_false(is_settled());
    now += PASS_GAP_MS;
    answer();
    assert_int_equal(open_name(&two, MATERIAL_KEY, 2), 2);
}

TEST(a_file_that_one_of_them_opened_begins_a_new_pass)
{
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    commit();
    assert_int_equal(open_name(&two, MATERIAL_CA, 2), 2);
}

/* Else threads that all begin with the same file could follow each other into an old generation for ever. */
TEST(a_pass_in_which_nothing_is_opened_yet_is_not_joined)
{
    assert_int_equal(look(&one, MATERIAL_CA), 1);
    commit();
    assert_int_equal(open_name(&two, MATERIAL_CA, 2), 2);
    assert_int_equal(open_inode(&one, MATERIAL_CA, 1), 1);
}

TEST(a_joined_pass_ends_with_the_gap_after_the_commit)
{
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    commit();
    now += PASS_GAP_MS - 1;
    assert_int_equal(open_name(&two, MATERIAL_CERT, 2), 1);
    now += 1;
    answer();
    assert_int_equal(open_name(&two, MATERIAL_KEY, 2), 2);
}

/* Else it could be ended between two files of a thread that reads on and on, again and again. */
TEST(no_joined_pass_begins_when_the_time_for_them_is_over)
{
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    commit();
    now += PASS_GAP_MS - 1;
    assert_int_equal(open_name(&one, MATERIAL_CERT, 2), 1);
    now += 1;
    assert_false(is_settled());
    assert_int_equal(open_name(&two, MATERIAL_KEY, 2), 2);
    assert_int_equal(open_name(&one, MATERIAL_KEY, 2), 1);
    answer();
}

TEST(without_an_import_nobody_shares_and_nobody_is_looked_up)
{
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    current = 2;
    assert_int_equal(open_name(&two, MATERIAL_CERT, 2), 2);
    assert_int_equal(asked, 0);
}

static void open_of_many(int first, int last, enum material_file file)
{
    for (int thread = first; thread <= last; thread++) {
        const struct snapshot_reader reader = {.thread = thread, .uid = READING_USER};
        (void)open_name(&reader, file, 1);
    }
}

/* A user with very many threads must not be able to make an open dear, for the others wait behind it. */
TEST(few_threads_are_looked_up_for_one_open_and_each_once)
{
    open_of_many(1000, 1499, MATERIAL_CA);
    hidden = true;
    commit();
    assert_int_equal(open_name(&one, MATERIAL_CERT, 2), 2);
    assert_in_range(asked, 1, 20);
    asked = 0;
    open_of_many(1000, 1499, MATERIAL_CERT);
    open_of_many(2000, 2999, MATERIAL_CERT);
    assert_in_range(asked, 500, 2 * 1500);
    asked = 0;
    open_of_many(2000, 2999, MATERIAL_CERT);
    assert_int_equal(asked, 0);
}

TEST(however_many_threads_are_in_the_middle_the_answer_waits_as_long_as_for_one)
{
    open_of_many(1000, 1000 + PINS_PER_UID, MATERIAL_CA);
    commit();
    now += PASS_GAP_MS - 1;
    assert_false(is_settled());
    open_of_many(1000, 1000 + PINS_PER_UID, MATERIAL_CERT);
    now = committed + PASS_LIMIT_MS - 1;
    open_of_many(5000, 5000 + PINS_PER_UID, MATERIAL_CA);
    now += 1;
    answer();
}

TEST(a_double_refusal_begins_no_pass)
{
    commit();
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 0);
    assert_int_equal(open_inode(&one, MATERIAL_CERT, 1), 1);
    assert_int_equal(open_name(&one, MATERIAL_KEY, 2), 2);
    answer();
}

TEST(each_of_two_imports_waits_for_older_readers)
{
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    commit();
    assert_int_equal(open_name(&other, MATERIAL_CA, 2), 2);
    commit();
    assert_false(snapshots_settle(snapshots, 0, 2, committed, now));
    assert_int_equal(open_name(&one, MATERIAL_CERT, 3), 1);
    assert_int_equal(open_name(&one, MATERIAL_KEY, 3), 1);
    assert_true(snapshots_settle(snapshots, 0, 2, committed, now));
    assert_false(is_settled());
    assert_int_equal(open_name(&other, MATERIAL_CERT, 3), 2);
    assert_int_equal(open_name(&other, MATERIAL_KEY, 3), 2);
    answer();
}

EACH_TEST(set_up, reading_teardown);

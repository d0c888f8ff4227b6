#include "fs/state/pins.h"
#include "fs/state/snapshot.h"

#include "core/set/generation.h"
#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/snapshot_client.h"

/* ---- how long pins are kept, and how many ---- */

TEST(old_pins_are_let_go_of_in_their_order)
{
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
    assert_in_range(now - began, PASS_GAP_MS, 10 * PASS_GAP_MS);
}

static struct snapshot_reader thread_of(uid_t uid, int number)
{
    return (struct snapshot_reader){.thread = (pid_t)(uid * 10000) + number, .uid = uid};
}

TEST(a_user_with_too_many_threads_loses_the_oldest_pin_and_others_none)
{
    const struct snapshot_reader other = thread_of(READING_OTHER_USER, 0);
    current = 1;
    assert_int_equal(open_name(&other, MATERIAL_CA, 1), 1);
    for (int i = 0; i <= PINS_PER_UID; i++) {
        const struct snapshot_reader thread = thread_of(READING_USER, i);
        now += i == 1;
        assert_int_equal(open_name(&thread, MATERIAL_CA, 1), 1);
    }
    const struct snapshot_reader first = thread_of(READING_USER, 0), second = thread_of(READING_USER, 1);
    const struct snapshot_reader last = thread_of(READING_USER, PINS_PER_UID);
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

TEST(removing_a_set_wipes_what_its_pins_hold_and_ends_them)
{
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
    for (enum material_file file = MATERIAL_CA; file < MATERIAL_PEM_COUNT; file++) {
        assert_int_equal(look(&one, file), 1);
        assert_int_equal(open_inode(&one, file, 1), 1);
    }
    snapshots_end(snapshots, one.thread);
}

TEST(without_memory_a_reader_reads_without_a_snapshot)
{
    current = 1;
    assert_true(alloc_fail_each(read_three_files, NULL) > 0);
    struct snapshots *none = NULL;
    struct fault f = {0};
    alloc_fail(1);
    law_expect(snapshots_new(&reading_source, &none, &f), &f, REASON_NO_MEMORY);
    alloc_fail(0);
    assert_null(none);
}

EACH_TEST(reading_setup, reading_teardown);

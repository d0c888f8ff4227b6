#include "fs/takeover/ends.h"
#include "tests/unit/lib/harness.h"

#include "fs/supervisor/crashes.h"

#include <signal.h>

enum { BEGIN = 1000000 };

TEST(the_fifth_crash_within_a_minute_is_one_too_many)
{
    struct crashes crashes = {.count = 0};
    for (int i = 0; i < CRASHES_MAX - 1; i++)
        assert_false(crashes_note(&crashes, BEGIN + i));
    assert_true(crashes_note(&crashes, BEGIN + CRASHES_WITHIN_MS - 1));
}

TEST(a_crash_that_is_a_minute_old_does_not_count)
{
    struct crashes crashes = {.count = 0};
    for (int i = 0; i < CRASHES_MAX - 1; i++)
        assert_false(crashes_note(&crashes, BEGIN + i));
    assert_false(crashes_note(&crashes, BEGIN + CRASHES_WITHIN_MS));
}

TEST(crashes_that_come_slowly_never_end_it)
{
    struct crashes crashes = {.count = 0};
    for (int i = 0; i < 100; i++)
        assert_false(crashes_note(&crashes, BEGIN + i * (CRASHES_WITHIN_MS / (CRASHES_MAX - 1))));
}

TEST(nobody_waits_after_the_first_crash_and_the_pauses_leave_time_for_all_of_them)
{
    struct crashes crashes = {.count = 0};
    int64_t now = BEGIN;
    assert_int_equal(crashes_pause(&crashes, now), 0);
    assert_false(crashes_note(&crashes, now));
    assert_int_equal(crashes_pause(&crashes, now), 0);
    for (int i = 1; i < CRASHES_MAX - 1; i++) {
        assert_false(crashes_note(&crashes, now));
        assert_true(crashes_pause(&crashes, now) > 0);
        now += crashes_pause(&crashes, now);
    }
    assert_true(now - BEGIN < 5000);
}

/* The status of a process that a signal ends is its number, of one that exits 256 times its own. */
TEST(a_worker_that_was_ready_and_is_killed_from_outside_has_not_crashed)
{
    assert_int_equal(crashes_reason(SIGKILL, true), END_KILLED);
    assert_int_equal(crashes_reason(-1, true), END_KILLED);
    assert_int_equal(crashes_reason(SIGSEGV, true), END_CRASHED);
    assert_int_equal(crashes_reason(SIGKILL << 8, true), END_CRASHED);
    assert_int_equal(crashes_reason(0, true), END_CRASHED);
    assert_int_equal(crashes_reason(SIGKILL, false), END_UNREADY);
    assert_int_equal(crashes_reason(-1, false), END_UNREADY);
}

#include "tests/unit/lib/harness.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fs/supervisor/watchdog.h"

static const struct watchdog_look stuck = {.pending = true, .progress = 8, .state = 'S'};

/* The ticks after the first one, which only learns how far the worker is. */
static struct watchdog watchdog_at(uint64_t progress)
{
    return (struct watchdog){.progress = progress};
}

TEST(a_worker_that_leaves_requests_for_ten_ticks_is_killed)
{
    struct watchdog watchdog = watchdog_at(8);
    for (int i = 1; i < WATCHDOG_TICKS; i++)
        assert_int_equal(watchdog_tick(&watchdog, &stuck), WATCHDOG_NOTHING);
    assert_int_equal(watchdog_tick(&watchdog, &stuck), WATCHDOG_KILL);
}

TEST(one_request_that_moves_begins_the_count_anew)
{
    struct watchdog watchdog = watchdog_at(8);
    struct watchdog_look look = stuck;
    for (int i = 1; i < WATCHDOG_TICKS; i++)
        assert_int_equal(watchdog_tick(&watchdog, &look), WATCHDOG_NOTHING);
    look.progress++;
    for (int i = 0; i < WATCHDOG_TICKS; i++)
        assert_int_equal(watchdog_tick(&watchdog, &look), WATCHDOG_NOTHING);
    assert_int_equal(watchdog_tick(&watchdog, &look), WATCHDOG_KILL);
}

TEST(a_tick_without_requests_begins_the_count_anew)
{
    struct watchdog watchdog = watchdog_at(8);
    const struct watchdog_look none = {.progress = 8};
    for (int i = 1; i < WATCHDOG_TICKS; i++)
        assert_int_equal(watchdog_tick(&watchdog, &stuck), WATCHDOG_NOTHING);
    assert_int_equal(watchdog_tick(&watchdog, &none), WATCHDOG_NOTHING);
    assert_int_equal(watchdog_tick(&watchdog, &stuck), WATCHDOG_NOTHING);
}

TEST(a_request_that_is_processed_for_ten_ticks_counts_though_no_other_one_waits)
{
    struct watchdog watchdog = watchdog_at(9);
    const struct watchdog_look processing = {.progress = 9, .state = 'R'};
    for (int i = 1; i < WATCHDOG_TICKS; i++)
        assert_int_equal(watchdog_tick(&watchdog, &processing), WATCHDOG_NOTHING);
    assert_int_equal(watchdog_tick(&watchdog, &processing), WATCHDOG_KILL);
}

TEST(a_worker_in_a_debugger_is_left_alone)
{
    struct watchdog watchdog = watchdog_at(8);
    struct watchdog_look look = stuck;
    look.traced = true;
    look.state = 't';
    for (int i = 0; i < 10 * WATCHDOG_TICKS; i++)
        assert_int_equal(watchdog_tick(&watchdog, &look), WATCHDOG_NOTHING);
}

TEST(a_stopped_worker_is_woken_at_the_first_tick_with_requests_and_killed_if_that_does_not_help)
{
    struct watchdog watchdog = watchdog_at(8);
    struct watchdog_look look = {.progress = 8, .state = 'T'};
    assert_int_equal(watchdog_tick(&watchdog, &look), WATCHDOG_NOTHING);
    look.pending = true;
    for (int i = 1; i < WATCHDOG_TICKS; i++)
        assert_int_equal(watchdog_tick(&watchdog, &look), WATCHDOG_WAKE);
    assert_int_equal(watchdog_tick(&watchdog, &look), WATCHDOG_KILL);
}

TEST(ticks_end_when_nothing_moves_and_begin_again_with_a_request)
{
    struct watchdog watchdog = {.progress = 0};
    const struct watchdog_look busy = {.progress = 10}, waiting = {.pending = true, .progress = 10};
    assert_true(watchdog_is_idle(&watchdog));
    watchdog_alert(&watchdog);
    assert_false(watchdog_is_idle(&watchdog));
    assert_int_equal(watchdog_tick(&watchdog, &busy), WATCHDOG_NOTHING);
    assert_false(watchdog_is_idle(&watchdog));
    assert_int_equal(watchdog_tick(&watchdog, &waiting), WATCHDOG_NOTHING);
    assert_false(watchdog_is_idle(&watchdog));
    assert_int_equal(watchdog_tick(&watchdog, &busy), WATCHDOG_NOTHING);
    assert_true(watchdog_is_idle(&watchdog));
}

TEST(a_process_is_seen_to_be_stopped_and_not_traced)
{
    struct watchdog_look look = {.traced = true};
    int status;
    pid_t child = fork();
    if (child == 0) {
        raise(SIGSTOP);
        _exit(0);
    }
    assert_true(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status));
    watchdog_look_at(child, &look);
    kill(child, SIGKILL);
    assert_true(waitpid(child, &status, 0) == child);
    assert_int_equal(look.state, 'T');
    assert_false(look.traced);
    watchdog_look_at(child, &look);
    assert_int_equal(look.state, 0);
}

#include "fs/state/notifier.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "tests/unit/lib/harness.h"

/* Notices about this directory are held until they are let go. */
enum { HELD = 100, FREE = 200 };

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool open[2 * FREE]; /* by directory */
    unsigned begun, ended;
    unsigned at_once[2 * FREE], most[2 * FREE]; /* of one directory */
    int wake;
    struct notifier *notifier;
} test = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void take(void *context, const struct notice *notice)
{
    uint64_t directory = notice->directory;
    (void)context;
    pthread_mutex_lock(&test.lock);
    test.begun++;
    if (++test.at_once[directory] > test.most[directory])
        test.most[directory] = test.at_once[directory];
    pthread_cond_broadcast(&test.changed);
    while (directory >= HELD && directory < FREE && !test.open[directory])
        pthread_cond_wait(&test.changed, &test.lock);
    test.at_once[directory]--;
    test.ended++;
    pthread_cond_broadcast(&test.changed);
    pthread_mutex_unlock(&test.lock);
}

static void let_go(uint64_t directory)
{
    pthread_mutex_lock(&test.lock);
    test.open[directory] = true;
    pthread_cond_broadcast(&test.changed);
    pthread_mutex_unlock(&test.lock);
}

static void wait_for(const unsigned *count, unsigned wanted)
{
    pthread_mutex_lock(&test.lock);
    while (*count < wanted)
        pthread_cond_wait(&test.changed, &test.lock);
    pthread_mutex_unlock(&test.lock);
}

static void start(void)
{
    struct fault f = {.reason = REASON_NONE};
    memset(test.open, 0, sizeof(test.open));
    memset(test.most, 0, sizeof(test.most));
    test.begun = test.ended = 0;
    test.wake = eventfd(0, EFD_CLOEXEC);
    assert_int_equal(notifier_start(take, NULL, test.wake, &test.notifier, &f), 0);
}

static void stop(void)
{
    for (uint64_t directory = HELD; directory < FREE; directory++)
        let_go(directory);
    while (!notifier_stop(test.notifier))
        continue;
    assert_int_equal(close(test.wake), 0);
}

static void post(uint64_t directory, int client)
{
    const struct notice notice = {.kind = NOTICE_CHANGED, .directory = directory};
    notifier_post(test.notifier, &notice, client);
}

/* Every end of a notice wakes. */
static void wait_until_done(int client)
{
    eventfd_t count;
    while (!notifier_is_done(test.notifier, client))
        assert_int_equal(eventfd_read(test.wake, &count), 0);
}

TEST(a_posted_notice_is_sent_and_every_waiter_is_woken)
{
    for (int client = 0; client < NOTIFIER_CLIENTS; client++) {
        post((uint64_t)client, client);
        wait_until_done(client);
        notifier_forget(test.notifier, client);
    }
    wait_for(&test.ended, NOTIFIER_CLIENTS);
}

TEST(a_directory_that_is_held_delays_no_other_one)
{
    post(HELD, 0);
    wait_for(&test.begun, 1);
    for (unsigned i = 1; i <= 100; i++) {
        post(FREE + i, 1);
        wait_until_done(1);
        assert_int_equal(test.ended, i);
    }
    let_go(HELD);
    wait_until_done(0);
}

TEST(notices_for_a_held_directory_wait_once_and_keep_one_thread)
{
    post(HELD, -1);
    wait_for(&test.begun, 1);
    for (int i = 0; i < 50; i++)
        post(HELD, i % 2);
    post(FREE, 2);
    wait_until_done(2);
    assert_int_equal(test.begun, 2);
    let_go(HELD);
    wait_until_done(0);
    wait_until_done(1);
    assert_int_equal(test.ended, 3);
    assert_int_equal(test.most[HELD], 1);
}

/* That takes NOTIFIER_PATIENCE_MS. */
static void wait_until_held(unsigned count)
{
    while (notifier_held(test.notifier) != count)
        sched_yield();
}

TEST(nobody_waits_for_what_is_held_nor_for_what_waits_behind_it)
{
    post(HELD, 0);
    wait_for(&test.begun, 1);
    assert_true(notifier_is_busy(test.notifier));
    wait_until_held(1);
    post(HELD, 1);
    assert_true(notifier_is_done(test.notifier, 0));
    assert_true(notifier_is_done(test.notifier, 1));
    let_go(HELD);
    wait_for(&test.ended, 2);
    wait_until_held(0);
}

TEST(when_all_threads_are_held_nobody_waits_and_nothing_is_lost)
{
    for (uint64_t i = 0; i < NOTIFIER_THREADS; i++)
        post(HELD + i, -1);
    wait_for(&test.begun, NOTIFIER_THREADS);
    wait_until_held(NOTIFIER_THREADS);
    post(FREE, 0);
    assert_true(notifier_is_done(test.notifier, 0));
    let_go(HELD);
    wait_for(&test.ended, 2);
    wait_until_held(NOTIFIER_THREADS - 1);
}

TEST(a_notifier_that_is_held_does_not_stop_and_reports_it)
{
    post(HELD, -1);
    wait_for(&test.begun, 1);
    assert_false(notifier_stop(test.notifier));
    assert_false(notifier_stop(test.notifier));
}

TEST(too_many_are_given_up)
{
    struct notice notice = {.kind = NOTICE_GONE, .directory = HELD};
    notifier_post(test.notifier, &notice, -1);
    wait_for(&test.begun, 1);
    for (unsigned i = 0; i < NOTIFIER_WAITING_MAX + 10; i++) {
        snprintf(notice.name, sizeof(notice.name), "n%u", i);
        notifier_post(test.notifier, &notice, -1);
    }
    let_go(HELD);
    wait_for(&test.ended, NOTIFIER_WAITING_MAX + 1);
    post(FREE, 0);
    wait_until_done(0);
    assert_int_equal(test.ended, NOTIFIER_WAITING_MAX + 2);
}

EACH_TEST(start, stop);

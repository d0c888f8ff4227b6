#include "fs/host/presence.h"

#include <stdio.h>

#include "tests/unit/lib/harness.h"

static struct presence presence;
static struct mountinfo root;

/* The mount that / leads into, which stays. */
static void set_up(void)
{
    CLEANUP(buf_done) struct buf list = {0};
    struct fault f = {.reason = REASON_NONE};
    presence_begin(&presence);
    assert_int_equal(mountinfo_read(&list, &f), 0);
    assert_false(!mountinfo_find((const char *)list.data, "/", &root));
    presence_watch(&presence, &root);
}

static void tear_down(void)
{
    presence_end(&presence);
    presence_end(&presence);
}

static struct pollfd wait_at(int64_t now, int expected_limit)
{
    struct pollfd event;
    int limit;
    presence_wait(&presence, now, &event, &limit);
    assert_int_equal(limit, expected_limit);
    return event;
}

static bool is_over_at(int64_t now)
{
    struct pollfd event = wait_at(now, -1);
    assert_int_equal(event.fd, presence.list);
    event.revents = POLLPRI | POLLERR;
    return presence_is_over(&presence, now, &event);
}

TEST(a_mount_that_is_listed_is_not_over)
{
    assert_false(is_over_at(0));
}

TEST(without_an_event_nothing_is_looked_at)
{
    presence.id = -1;
    struct pollfd event = wait_at(0, -1);
    assert_false(presence_is_over(&presence, 0, &event));
    assert_int_equal(presence.next, 0);
}

TEST(the_list_is_looked_at_once_a_second_at_most)
{
    assert_false(is_over_at(5000));
    assert_int_equal(wait_at(5000, 1000).fd, -1);
    assert_int_equal(wait_at(5999, 1).fd, -1);
    assert_false(is_over_at(6000));
}

TEST(another_number_or_another_device_is_another_mount)
{
    presence.id = root.id + 1000000;
    assert_true(is_over_at(0));
    presence.id = root.id;
    assert_false(is_over_at(2000));
    snprintf(presence.device, sizeof(presence.device), "9:99999");
    assert_true(is_over_at(4000));
}

TEST(without_a_list_nothing_is_watched)
{
    presence_end(&presence);
    struct pollfd event = wait_at(0, -1);
    assert_int_equal(event.fd, -1);
    event.revents = POLLPRI;
    assert_false(presence_is_over(&presence, 0, &event));
}

EACH_TEST(set_up, tear_down);

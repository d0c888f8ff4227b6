#include "fs/presence.h"

#include <stdio.h>

#include "tests/unit/harness.h"

static struct presence presence;
static struct mountinfo root;

/* The mount that / leads into, which stays. */
static int set_up(void **state)
{
    CLEANUP(buf_done) struct buf list = {0};
    struct fault f = {.reason = REASON_NONE};
    (void)state;
    presence_begin(&presence);
    if (mountinfo_read(&list, &f) != 0 || !mountinfo_find((const char *)list.data, "/", &root))
        return -1;
    presence_watch(&presence, &root);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    presence_end(&presence);
    presence_end(&presence);
    return 0;
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

static void a_mount_that_is_listed_is_not_over(void **state)
{
    (void)state;
    assert_false(is_over_at(0));
}

static void without_an_event_nothing_is_looked_at(void **state)
{
    (void)state;
    presence.id = -1;
    struct pollfd event = wait_at(0, -1);
    assert_false(presence_is_over(&presence, 0, &event));
    assert_int_equal(presence.next, 0);
}

static void the_list_is_looked_at_once_a_second_at_most(void **state)
{
    (void)state;
    assert_false(is_over_at(5000));
    assert_int_equal(wait_at(5000, 1000).fd, -1);
    assert_int_equal(wait_at(5999, 1).fd, -1);
    assert_false(is_over_at(6000));
}

static void another_number_or_another_device_is_another_mount(void **state)
{
    (void)state;
    presence.id = root.id + 1000000;
    assert_true(is_over_at(0));
    presence.id = root.id;
    assert_false(is_over_at(2000));
    snprintf(presence.device, sizeof(presence.device), "9:99999");
    assert_true(is_over_at(4000));
}

static void without_a_list_nothing_is_watched(void **state)
{
    (void)state;
    presence_end(&presence);
    struct pollfd event = wait_at(0, -1);
    assert_int_equal(event.fd, -1);
    event.revents = POLLPRI;
    assert_false(presence_is_over(&presence, 0, &event));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_mount_that_is_listed_is_not_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_an_event_nothing_is_looked_at, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_list_is_looked_at_once_a_second_at_most, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_number_or_another_device_is_another_mount, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_list_nothing_is_watched, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

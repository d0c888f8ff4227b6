#include "fs/announce.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fs/link.h"
#include "tests/unit/alloc.h"
#include "tests/unit/harness.h"

static struct announcements unsaid;
static int supervisor, worker;

static int open_line(void **state)
{
    (void)state;
    struct fault f = {0};
    STAILQ_INIT(&unsaid);
    return link_open(&supervisor, &worker, &f);
}

static int close_line(void **state)
{
    (void)state;
    announce_done(&unsaid);
    close(supervisor);
    close(worker);
    return 0;
}

/* Returns how many messages it took. */
static size_t fill_line(void)
{
    size_t count = 0;
    while (link_send(worker, LINK_READY, 0, "") == 0)
        count++;
    return count;
}

static void empty_line(size_t count)
{
    struct link_message message;
    for (; count > 0; count--)
        link_receive(supervisor, &message);
}

static void expect_said(const char *text)
{
    struct link_message message;
    link_receive(supervisor, &message);
    assert_int_equal(message.kind, LINK_CHANGED);
    assert_string_equal(message.text, text);
}

static void expect_silence(void)
{
    char byte;
    assert_int_equal(recv(supervisor, &byte, 1, MSG_DONTWAIT), -1);
}

static void what_there_is_room_for_is_said_at_once(void **state)
{
    (void)state;
    announce(&unsaid, worker, "/", 1);
    announce(&unsaid, worker, "a", 2);
    assert_true(announce_rest(&unsaid, worker));
    expect_said("1 /");
    expect_said("2 a");
    expect_silence();
}

static void of_a_full_line_the_newest_of_each_set_is_said_later(void **state)
{
    (void)state;
    size_t count = fill_line();
    announce(&unsaid, worker, "/", 1);
    announce(&unsaid, worker, "a", 2);
    announce(&unsaid, worker, "/", 3);
    announce(&unsaid, worker, "b", 4);
    announce(&unsaid, worker, "a", 5);
    assert_false(announce_rest(&unsaid, worker));
    empty_line(count);
    assert_true(announce_rest(&unsaid, worker));
    expect_said("3 /");
    expect_said("5 a");
    expect_said("4 b");
    expect_silence();
}

static void what_comes_later_does_not_overtake(void **state)
{
    (void)state;
    size_t count = fill_line();
    announce(&unsaid, worker, "/", 1);
    announce(&unsaid, worker, "a", 2);
    empty_line(count);
    announce(&unsaid, worker, "/", 3);
    expect_said("1 /");
    expect_said("2 a");
    expect_said("3 /");
    expect_silence();
}

static void without_memory_those_that_wait_still_learn_of_newer_ones(void **state)
{
    (void)state;
    size_t count = fill_line();
    announce(&unsaid, worker, "/", 1);
    alloc_fail(1);
    announce(&unsaid, worker, "a", 2);
    assert_true(alloc_has_failed());
    alloc_fail(0);
    announce(&unsaid, worker, "/", 3);
    empty_line(count);
    assert_true(announce_rest(&unsaid, worker));
    expect_said("3 /");
    expect_silence();
}

static void nothing_is_left_behind(void **state)
{
    (void)state;
    size_t live = alloc_live();
    (void)fill_line();
    announce(&unsaid, worker, "/", 1);
    announce(&unsaid, worker, "a", 2);
    announce_done(&unsaid);
    assert_int_equal(alloc_live(), live);
    assert_true(announce_rest(&unsaid, worker));
}

#define ON_A_LINE(test) cmocka_unit_test_setup_teardown(test, open_line, close_line)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_LINE(what_there_is_room_for_is_said_at_once),
        ON_A_LINE(of_a_full_line_the_newest_of_each_set_is_said_later),
        ON_A_LINE(what_comes_later_does_not_overtake),
        ON_A_LINE(without_memory_those_that_wait_still_learn_of_newer_ones),
        ON_A_LINE(nothing_is_left_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "fs/worker/announce.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fs/host/channel.h"
#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/harness.h"

static struct announcements unsaid;
static int supervisor, worker;

static void open_line(void)
{
    struct fault f = {0};
    STAILQ_INIT(&unsaid);
    assert_int_equal(channel_open(&supervisor, &worker, &f), 0);
}

static void close_line(void)
{
    announce_done(&unsaid);
    close(supervisor);
    close(worker);
}

/* Returns how many messages it took. */
static size_t fill_line(void)
{
    size_t count = 0;
    while (channel_send(worker, CHANNEL_READY, 0, "") == 0)
        count++;
    return count;
}

static void empty_line(size_t count)
{
    struct channel_message message;
    for (; count > 0; count--)
        channel_receive(supervisor, &message);
}

static void expect_said(const char *text)
{
    struct channel_message message;
    channel_receive(supervisor, &message);
    assert_int_equal(message.kind, CHANNEL_CHANGED);
    assert_string_equal(message.text, text);
}

static void expect_silence(void)
{
    char byte;
    assert_int_equal(recv(supervisor, &byte, 1, MSG_DONTWAIT), -1);
}

/* "/" is the root set. */
static struct resource *make_resource(const char *set)
{
    struct resource *resource = resource_new(strcmp(set, "/") == 0 ? "" : set, 1, "", 0);
    assert_non_null(resource);
    return resource;
}

static void commit(const char *set, uint64_t generation)
{
    CLEANUP(resource_unrefp) struct resource *resource = make_resource(set);
    announce(&unsaid, worker, resource, generation);
}

TEST(announcements_that_fit_are_sent_at_once)
{
    commit("/", 1);
    commit("Set-1", 2);
    assert_true(announce_rest(&unsaid, worker));
    expect_said("1 /");
    expect_said("2 Set-1");
    expect_silence();
}

TEST(the_newest_of_each_set_in_a_full_line_is_sent_later)
{
    size_t count = fill_line();
    commit("/", 1);
    commit("Set-1", 2);
    commit("/", 3);
    commit("b", 4);
    commit("Set-1", 5);
    assert_false(announce_rest(&unsaid, worker));
    empty_line(count);
    assert_true(announce_rest(&unsaid, worker));
    expect_said("3 /");
    expect_said("5 Set-1");
    expect_said("4 b");
    expect_silence();
}

TEST(later_announcements_do_not_overtake)
{
    size_t count = fill_line();
    commit("/", 1);
    commit("Set-1", 2);
    empty_line(count);
    commit("/", 3);
    expect_said("1 /");
    expect_said("2 Set-1");
    expect_said("3 /");
    expect_silence();
}

TEST(without_memory_those_that_wait_still_learn_of_newer_ones)
{
    size_t count = fill_line();
    commit("/", 1);
    CLEANUP(resource_unrefp) struct resource *resource = make_resource("Set-1");
    alloc_fail(1);
    announce(&unsaid, worker, resource, 2);
    assert_true(alloc_has_failed());
    alloc_fail(0);
    commit("/", 3);
    empty_line(count);
    assert_true(announce_rest(&unsaid, worker));
    expect_said("3 /");
    expect_silence();
}

TEST(nothing_is_left_behind)
{
    size_t live = alloc_live();
    (void)fill_line();
    commit("/", 1);
    commit("Set-1", 2);
    announce_done(&unsaid);
    assert_int_equal(alloc_live(), live);
    assert_true(announce_rest(&unsaid, worker));
}

TEST(beyond_many_sets_one_announcement_is_of_many)
{
    char name[32];
    size_t count = fill_line();
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof(name), "set-%d", i);
        commit(name, (uint64_t)i + 1);
    }
    commit("set-0", 2000);
    empty_line(count);
    assert_true(announce_rest(&unsaid, worker));
    expect_said("2000 set-0");
    for (int i = 1; i < ANNOUNCE_WAITING_MAX; i++) {
        snprintf(name, sizeof(name), "%d set-%d", i + 1, i);
        expect_said(name);
    }
    expect_said("1000 *");
    expect_silence();
}

TEST(an_announcement_is_read_again)
{
    uint64_t generation;
    char set[IDENTIFIER_MAX + 1];
    assert_true(announce_read("18446744073709551615 /", &generation, set));
    assert_true(generation == UINT64_MAX);
    assert_string_equal(set, "/");
    assert_true(announce_read("7 Replica-1", &generation, set));
    assert_int_equal(generation, 7);
    assert_string_equal(set, "Replica-1");
    assert_true(announce_read("7 *", &generation, set));
    assert_string_equal(set, ANNOUNCE_MANY);
}

TEST(an_invalid_name_of_a_set_is_not_read)
{
    static const char *const texts[] = {
        "",
        "7",
        "7 ",
        " /",
        "7  /",
        "7\t/",
        "-1 /",
        "+1 /",
        "0x7 /",
        "7/",
        "7 a b",
        "7 a\nb",
        "7 $(id)",
        "7 a=b",
        "7 ..",
        "7 //",
        "7 a--b",
        "7 a-",
        "7 1a",
        "7 **",
        "7 a\x7f",
        "7 \xc3\xa9",
        "7 /a",
        "18446744073709551616 /",
        "000000000000000000000000000007 /",
    };
    uint64_t generation;
    char set[IDENTIFIER_MAX + 1], longest[IDENTIFIER_MAX + 8] = "7 ";
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (announce_read(texts[i], &generation, set))
            fail_msg("\"%s\" is taken", texts[i]);
    memset(longest + 2, 'a', IDENTIFIER_MAX);
    assert_true(announce_read(longest, &generation, set));
    longest[2 + IDENTIFIER_MAX] = 'a';
    assert_false(announce_read(longest, &generation, set));
}

EACH_TEST(open_line, close_line);

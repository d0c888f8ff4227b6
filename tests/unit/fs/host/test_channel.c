#include "fs/host/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "fs/worker/announce.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/rights.h"

static struct {
    int supervisor;
    int worker;
} line;

static void open_line(void)
{
    struct fault f = {0};
    assert_int_equal(channel_open(&line.supervisor, &line.worker, &f), 0);
}

static void close_line(void)
{
    close(line.supervisor);
    close(line.worker);
}

static void expect_message(int fd, enum channel_kind kind, const char *text)
{
    struct channel_message message;
    channel_receive(fd, &message);
    assert_int_equal(message.kind, kind);
    assert_string_equal(message.text, text);
}

TEST(messages_arrive_one_by_one_and_in_order)
{
    assert_int_equal(channel_send(line.worker, CHANNEL_READY, 0, ""), 0);
    assert_int_equal(channel_send(line.worker, CHANNEL_LOG, LOG_INFO, "first"), 0);
    assert_int_equal(channel_send(line.worker, CHANNEL_FAILED, 0, "second"), 0);
    expect_message(line.supervisor, CHANNEL_READY, "");
    expect_message(line.supervisor, CHANNEL_LOG, "first");
    expect_message(line.supervisor, CHANNEL_FAILED, "second");
}

TEST(both_sides_may_speak)
{
    assert_int_equal(channel_send(line.supervisor, CHANNEL_DRAIN, 0, ""), 0);
    assert_int_equal(channel_send(line.worker, CHANNEL_DRAINED, 0, ""), 0);
    expect_message(line.worker, CHANNEL_DRAIN, "");
    expect_message(line.supervisor, CHANNEL_DRAINED, "");
}

TEST(the_priority_of_a_log_line_arrives)
{
    struct channel_message message;
    assert_int_equal(channel_send(line.worker, CHANNEL_LOG, LOG_WARNING, "x"), 0);
    channel_receive(line.supervisor, &message);
    assert_int_equal(message.priority, LOG_WARNING);
}

TEST(a_long_text_is_cut)
{
    char text[2 * CHANNEL_TEXT_SIZE];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(channel_send(line.worker, CHANNEL_LOG, LOG_INFO, text), 0);
    memcpy(text + CHANNEL_TEXT_SIZE - strlen("...") - 1, "...", strlen("...") + 1);
    expect_message(line.supervisor, CHANNEL_LOG, text);
}

TEST(messages_sent_before_the_end_still_arrive)
{
    assert_int_equal(channel_send(line.worker, CHANNEL_LOG, LOG_INFO, "last words"), 0);
    close(line.worker);
    expect_message(line.supervisor, CHANNEL_LOG, "last words");
    expect_message(line.supervisor, CHANNEL_END, "");
    expect_message(line.supervisor, CHANNEL_END, "");
    line.worker = -1;
}

TEST(sending_to_nobody_fails_and_kills_nobody)
{
    close(line.supervisor);
    assert_int_equal(channel_send(line.worker, CHANNEL_LOG, LOG_INFO, "x"), -1);
    assert_int_equal(channel_send(line.worker, CHANNEL_DRAINED, 0, ""), -1);
    line.supervisor = -1;
}

TEST(a_line_that_is_full_is_not_waited_for)
{
    size_t sent = 0;
    while (channel_send(line.worker, CHANNEL_DRAINED, 0, "") == 0)
        sent++;
    assert_true(sent > 0);
}

static void expect_end_of(const void *bytes, size_t length)
{
    assert_int_equal(send(line.worker, bytes, length, 0), length);
    expect_message(line.supervisor, CHANNEL_END, "");
}

TEST(a_peer_that_breaks_the_protocol_is_gone)
{
    static const int unknown[] = {CHANNEL_LOG + 1, 0}, below[] = {-1, 0}, end[] = {CHANNEL_END, 0},
                     far[] = {INT_MAX, 0};
    const int *const heads[] = {unknown, below, end, far};
    for (size_t i = 0; i < COUNT_OF(heads); i++)
        expect_end_of(heads[i], 2 * sizeof(int));
    expect_end_of("abc", 3);
    expect_end_of(unknown, 2 * sizeof(int) - 1);
}

TEST(a_text_that_is_too_long_is_none)
{
    unsigned char bytes[2 * sizeof(int) + 2 * CHANNEL_TEXT_SIZE];
    int head[] = {CHANNEL_LOG, LOG_INFO};
    memset(bytes, 'x', sizeof(bytes));
    memcpy(bytes, head, sizeof(head));
    expect_end_of(bytes, sizeof(bytes));
    expect_end_of(bytes, sizeof(head) + CHANNEL_TEXT_SIZE);
    assert_int_equal(send(line.worker, bytes, sizeof(head) + CHANNEL_TEXT_SIZE - 1, 0),
                     sizeof(head) + CHANNEL_TEXT_SIZE - 1);
    struct channel_message message;
    channel_receive(line.supervisor, &message);
    assert_int_equal(strnlen(message.text, sizeof(message.text)), CHANNEL_TEXT_SIZE - 1);
}

/* From Linux 6.16 on, the kernel refuses to send them; the second time it may not. */
TEST(descriptors_are_not_taken)
{
    const int head[] = {CHANNEL_READY, 0};
    const size_t before = rights_count();
    if (rights_send(line.worker, head, sizeof(head), 1) < 0)
        assert_int_equal(errno, EPERM);
    else
        expect_message(line.supervisor, CHANNEL_END, "");
    rights_allow(line.supervisor);
    assert_int_equal(rights_send(line.worker, head, sizeof(head), 1), sizeof(head));
    expect_message(line.supervisor, CHANNEL_END, "");
    assert_int_equal(rights_count(), before);
}

/* Whatever comes: one message each, of a known kind with a text that ends, or the end. */
TEST(no_bytes_of_the_other_side_do_harm)
{
    unsigned seed = 1;
    unsigned char bytes[CHANNEL_TEXT_SIZE + 64];
    for (int turn = 0; turn < 20000; turn++) {
        size_t length = 1 + (size_t)rand_r(&seed) % (turn % 2 == 0 ? 16 : sizeof(bytes));
        for (size_t i = 0; i < length; i++)
            bytes[i] = (unsigned char)rand_r(&seed);
        if (turn % 4 != 0)
            memcpy(bytes, &(int[]){turn % (CHANNEL_LOG + 3)}, length < sizeof(int) ? length : sizeof(int));
        struct channel_message message;
        assert_int_equal(send(line.worker, bytes, length, 0), length);
        channel_receive(line.supervisor, &message);
        assert_in_range(message.kind, CHANNEL_END, CHANNEL_LOG);
        assert_true(strnlen(message.text, sizeof(message.text)) < sizeof(message.text));
        uint64_t generation;
        char set[IDENTIFIER_MAX + 1];
        if (announce_read(message.text, &generation, set))
            assert_true(strcmp(set, "/") == 0 || strcmp(set, ANNOUNCE_MANY) == 0 || identifier_is_valid(set));
    }
}

TEST(neither_end_outlives_an_exec)
{
    assert_int_equal(fcntl(line.supervisor, F_GETFD), FD_CLOEXEC);
    assert_int_equal(fcntl(line.worker, F_GETFD), FD_CLOEXEC);
}

EACH_TEST(open_line, close_line);

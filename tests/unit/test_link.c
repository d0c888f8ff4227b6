#include "fs/link.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "fs/announce.h"
#include "tests/unit/harness.h"

struct line {
    int supervisor;
    int worker;
};

static int open_line(void **state)
{
    static struct line line;
    struct fault f = {0};
    *state = &line;
    return link_open(&line.supervisor, &line.worker, &f);
}

static int close_line(void **state)
{
    const struct line *line = *state;
    close(line->supervisor);
    close(line->worker);
    return 0;
}

static void expect_message(int fd, enum link_kind kind, const char *text)
{
    struct link_message message;
    link_receive(fd, &message);
    assert_int_equal(message.kind, kind);
    assert_string_equal(message.text, text);
}

static void messages_arrive_one_by_one_and_in_order(void **state)
{
    const struct line *line = *state;
    assert_int_equal(link_send(line->worker, LINK_READY, 0, ""), 0);
    assert_int_equal(link_send(line->worker, LINK_LOG, LOG_INFO, "first"), 0);
    assert_int_equal(link_send(line->worker, LINK_FAILED, 0, "second"), 0);
    expect_message(line->supervisor, LINK_READY, "");
    expect_message(line->supervisor, LINK_LOG, "first");
    expect_message(line->supervisor, LINK_FAILED, "second");
}

static void both_sides_may_speak(void **state)
{
    const struct line *line = *state;
    assert_int_equal(link_send(line->supervisor, LINK_DRAIN, 0, ""), 0);
    assert_int_equal(link_send(line->worker, LINK_DRAINED, 0, ""), 0);
    expect_message(line->worker, LINK_DRAIN, "");
    expect_message(line->supervisor, LINK_DRAINED, "");
}

static void the_priority_of_a_log_line_arrives(void **state)
{
    const struct line *line = *state;
    struct link_message message;
    assert_int_equal(link_send(line->worker, LINK_LOG, LOG_WARNING, "x"), 0);
    link_receive(line->supervisor, &message);
    assert_int_equal(message.priority, LOG_WARNING);
}

static void a_long_text_is_cut(void **state)
{
    const struct line *line = *state;
    char text[2 * LINK_TEXT_SIZE];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(link_send(line->worker, LINK_LOG, LOG_INFO, text), 0);
    text[LINK_TEXT_SIZE - 1] = '\0';
    expect_message(line->supervisor, LINK_LOG, text);
}

static void what_was_sent_before_the_end_still_arrives(void **state)
{
    struct line *line = *state;
    assert_int_equal(link_send(line->worker, LINK_LOG, LOG_INFO, "last words"), 0);
    close(line->worker);
    expect_message(line->supervisor, LINK_LOG, "last words");
    expect_message(line->supervisor, LINK_END, "");
    expect_message(line->supervisor, LINK_END, "");
    line->worker = -1;
}

static void sending_to_nobody_fails_and_kills_nobody(void **state)
{
    struct line *line = *state;
    close(line->supervisor);
    assert_int_equal(link_send(line->worker, LINK_LOG, LOG_INFO, "x"), -1);
    assert_int_equal(link_send(line->worker, LINK_DRAINED, 0, ""), -1);
    line->supervisor = -1;
}

static void a_line_that_is_full_is_not_waited_for(void **state)
{
    const struct line *line = *state;
    size_t sent = 0;
    while (link_send(line->worker, LINK_DRAINED, 0, "") == 0)
        sent++;
    assert_true(sent > 0);
}

static void expect_end_of(const struct line *line, const void *bytes, size_t length)
{
    assert_int_equal(send(line->worker, bytes, length, 0), length);
    expect_message(line->supervisor, LINK_END, "");
}

static void who_does_not_speak_as_agreed_is_gone(void **state)
{
    const struct line *line = *state;
    static const int unknown[] = {LINK_LOG + 1, 0}, below[] = {-1, 0}, end[] = {LINK_END, 0}, far[] = {INT_MAX, 0};
    const int *const heads[] = {unknown, below, end, far};
    for (size_t i = 0; i < COUNT_OF(heads); i++)
        expect_end_of(line, heads[i], 2 * sizeof(int));
    expect_end_of(line, "abc", 3);
    expect_end_of(line, unknown, 2 * sizeof(int) - 1);
}

static void a_text_that_is_too_long_is_none(void **state)
{
    const struct line *line = *state;
    unsigned char bytes[2 * sizeof(int) + 2 * LINK_TEXT_SIZE];
    int head[] = {LINK_LOG, LOG_INFO};
    memset(bytes, 'x', sizeof(bytes));
    memcpy(bytes, head, sizeof(head));
    expect_end_of(line, bytes, sizeof(bytes));
    expect_end_of(line, bytes, sizeof(head) + LINK_TEXT_SIZE);
    assert_int_equal(send(line->worker, bytes, sizeof(head) + LINK_TEXT_SIZE - 1, 0),
                     sizeof(head) + LINK_TEXT_SIZE - 1);
    struct link_message message;
    link_receive(line->supervisor, &message);
    assert_int_equal(strnlen(message.text, sizeof(message.text)), LINK_TEXT_SIZE - 1);
}

static void descriptors_are_not_taken(void **state)
{
    const struct line *line = *state;
    int head[] = {LINK_READY, 0}, fd = line->worker;
    union {
        struct cmsghdr header;
        unsigned char space[CMSG_SPACE(sizeof(int))];
    } control = {.header = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))}};
    memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
    struct iovec part = {head, sizeof(head)};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    int before = dup(line->worker);
    assert_int_equal(sendmsg(line->worker, &message, 0), sizeof(head));
    expect_message(line->supervisor, LINK_END, "");
    int after = dup(line->worker);
    assert_int_equal(after, before + 1);
    close(before);
    close(after);
}

/* Whatever comes: one message each, of a known kind with a text that ends, or the end. */
static void no_bytes_of_the_other_side_do_harm(void **state)
{
    const struct line *line = *state;
    unsigned seed = 1;
    unsigned char bytes[LINK_TEXT_SIZE + 64];
    for (int turn = 0; turn < 20000; turn++) {
        size_t length = 1 + (size_t)rand_r(&seed) % (turn % 2 == 0 ? 16 : sizeof(bytes));
        for (size_t i = 0; i < length; i++)
            bytes[i] = (unsigned char)rand_r(&seed);
        if (turn % 4 != 0)
            memcpy(bytes, &(int[]){turn % (LINK_LOG + 3)}, length < sizeof(int) ? length : sizeof(int));
        struct link_message message;
        assert_int_equal(send(line->worker, bytes, length, 0), length);
        link_receive(line->supervisor, &message);
        assert_in_range(message.kind, LINK_END, LINK_LOG);
        assert_true(strnlen(message.text, sizeof(message.text)) < sizeof(message.text));
        uint64_t generation;
        char set[IDENTIFIER_MAX + 1];
        if (announce_read(message.text, &generation, set))
            assert_true(strcmp(set, "/") == 0 || strcmp(set, ANNOUNCE_MANY) == 0 || identifier_is_valid(set));
    }
}

static void neither_end_outlives_an_exec(void **state)
{
    const struct line *line = *state;
    assert_int_equal(fcntl(line->supervisor, F_GETFD), FD_CLOEXEC);
    assert_int_equal(fcntl(line->worker, F_GETFD), FD_CLOEXEC);
}

#define ON_A_LINE(test) cmocka_unit_test_setup_teardown(test, open_line, close_line)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_LINE(messages_arrive_one_by_one_and_in_order),
        ON_A_LINE(both_sides_may_speak),
        ON_A_LINE(the_priority_of_a_log_line_arrives),
        ON_A_LINE(a_long_text_is_cut),
        ON_A_LINE(what_was_sent_before_the_end_still_arrives),
        ON_A_LINE(sending_to_nobody_fails_and_kills_nobody),
        ON_A_LINE(a_line_that_is_full_is_not_waited_for),
        ON_A_LINE(who_does_not_speak_as_agreed_is_gone),
        ON_A_LINE(a_text_that_is_too_long_is_none),
        ON_A_LINE(descriptors_are_not_taken),
        ON_A_LINE(no_bytes_of_the_other_side_do_harm),
        ON_A_LINE(neither_end_outlives_an_exec),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

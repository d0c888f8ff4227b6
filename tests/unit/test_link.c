#include "fs/link.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

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

static void log_lines_that_nobody_takes_are_dropped_but_leave_room_for_the_rest(void **state)
{
    const struct line *line = *state;
    size_t sent = 0;
    while (link_send(line->worker, LINK_LOG, LOG_INFO, "a line for the log") == 0)
        sent++;
    assert_true(sent > 10);
    assert_int_equal(link_send(line->worker, LINK_DRAINED, 0, ""), 0);
    for (; sent > 0; sent--)
        expect_message(line->supervisor, LINK_LOG, "a line for the log");
    expect_message(line->supervisor, LINK_DRAINED, "");
    assert_int_equal(link_send(line->worker, LINK_LOG, LOG_INFO, "again"), 0);
}

static void a_line_that_is_full_is_not_waited_for(void **state)
{
    const struct line *line = *state;
    size_t sent = 0;
    while (link_send(line->worker, LINK_DRAINED, 0, "") == 0)
        sent++;
    assert_true(sent > 0);
}

static void who_does_not_speak_as_agreed_is_gone(void **state)
{
    const struct line *line = *state;
    static const int unknown[] = {LINK_LOG + 1, 0}, below[] = {-1, 0}, end[] = {LINK_END, 0};
    const int *const heads[] = {unknown, below, end};
    for (size_t i = 0; i < COUNT_OF(heads); i++) {
        assert_int_equal(send(line->worker, heads[i], 2 * sizeof(int), 0), 2 * sizeof(int));
        expect_message(line->supervisor, LINK_END, "");
    }
    assert_int_equal(send(line->worker, "abc", 3, 0), 3);
    expect_message(line->supervisor, LINK_END, "");
}

static void a_text_without_an_end_is_given_one(void **state)
{
    const struct line *line = *state;
    unsigned char bytes[2 * sizeof(int) + 2 * LINK_TEXT_SIZE];
    int head[] = {LINK_LOG, LOG_INFO};
    memset(bytes, 'x', sizeof(bytes));
    memcpy(bytes, head, sizeof(head));
    assert_int_equal(send(line->worker, bytes, sizeof(bytes), 0), sizeof(bytes));
    struct link_message message;
    link_receive(line->supervisor, &message);
    assert_int_equal(strnlen(message.text, sizeof(message.text)), LINK_TEXT_SIZE - 1);
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
        ON_A_LINE(log_lines_that_nobody_takes_are_dropped_but_leave_room_for_the_rest),
        ON_A_LINE(a_line_that_is_full_is_not_waited_for),
        ON_A_LINE(who_does_not_speak_as_agreed_is_gone),
        ON_A_LINE(a_text_without_an_end_is_given_one),
        ON_A_LINE(neither_end_outlives_an_exec),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "fs/judge/orders.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs/host/clock.h"
#include "tests/unit/lib/harness.h"

enum { SOON_MS = 20, LONG_MS = 60000, HIGH = 100 };

static int worker, zygote;

static void open_line(void)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    worker = ends[0];
    zygote = ends[1];
}

static void close_line(void)
{
    close(worker);
    close(zygote);
}

static int64_t later(int ms)
{
    return clock_ms(CLOCK_MONOTONIC) + ms;
}

/* An order with as many descriptors. */
static void send_order(const void *order, size_t size, int count)
{
    int descriptors[4] = {STDOUT_FILENO, STDOUT_FILENO, STDOUT_FILENO, STDOUT_FILENO};
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(descriptors))];
    } control = {.bytes = {0}};
    struct iovec part = {(void *)(uintptr_t)order, size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    size_t bytes = sizeof(int) * (size_t)count;
    if (count > 0) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(bytes);
        control.head = (struct cmsghdr){.cmsg_len = CMSG_LEN(bytes), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(&control.head), descriptors, bytes);
    }
    assert_int_equal(sendmsg(worker, &message, 0), size);
}

/* The lowest descriptor that is free: nothing is left open where it is the same afterwards. */
static int lowest_free(void)
{
    int fd = dup(zygote);
    close(fd);
    return fd;
}

static void expect_end(void)
{
    int descriptor, free = lowest_free();
    assert_int_equal(orders_receive(zygote, &descriptor), ORDER_END);
    assert_int_equal(descriptor, -1);
    assert_int_equal(lowest_free(), free);
}

static void expect_gone(const void *report, size_t size)
{
    struct report got;
    assert_int_equal(send(zygote, report, size, 0), size);
    assert_true(report_receive(worker, later(LONG_MS), &got));
    assert_int_equal(got.kind, REPORT_END);
    assert_string_equal(got.text, "");
}

TEST(an_order_to_judge_brings_a_stream)
{
    int pipe_ends[2], descriptor;
    char byte = 0;
    assert_int_equal(pipe2(pipe_ends, O_CLOEXEC), 0);
    assert_int_equal(orders_send(worker, ORDER_JUDGE, pipe_ends[1]), 0);
    assert_int_equal(orders_receive(zygote, &descriptor), ORDER_JUDGE);
    assert_int_equal(write(descriptor, "x", 1), 1);
    assert_int_equal(read(pipe_ends[0], &byte, 1), 1);
    assert_int_equal(fcntl(descriptor, F_GETFD), FD_CLOEXEC);
    close(descriptor);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
}

TEST(an_order_to_kill_brings_none)
{
    int descriptor;
    assert_int_equal(orders_send(worker, ORDER_KILL, -1), 0);
    assert_int_equal(orders_receive(zygote, &descriptor), ORDER_KILL);
    assert_int_equal(descriptor, -1);
}

/* The zygote has closed 0 to 2. */
TEST(a_stream_never_becomes_a_standard_descriptor)
{
    int saved = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, HIGH), descriptor;
    assert_int_equal(orders_send(worker, ORDER_JUDGE, worker), 0);
    close(STDIN_FILENO);
    enum order order = orders_receive(zygote, &descriptor);
    bool left = fcntl(STDIN_FILENO, F_GETFD) >= 0;
    dup2(saved, STDIN_FILENO);
    close(saved);
    assert_int_equal(order, ORDER_JUDGE);
    assert_true(descriptor > STDERR_FILENO);
    assert_false(left);
    assert_int_equal(fcntl(descriptor, F_GETFD), FD_CLOEXEC);
    close(descriptor);
}

TEST(an_order_of_another_form_is_the_end_and_leaves_nothing_open)
{
    static const int judge = ORDER_JUDGE, kill_it = ORDER_KILL, none = ORDER_END, unknown = 7;
    static const int longer[2] = {ORDER_JUDGE, 0};
    send_order(&judge, sizeof(judge), 0);
    expect_end();
    send_order(&judge, sizeof(judge), 2);
    expect_end();
    send_order(&judge, sizeof(judge), 4);
    expect_end();
    send_order(&kill_it, sizeof(kill_it), 1);
    expect_end();
    send_order(&none, sizeof(none), 1);
    expect_end();
    send_order(&unknown, sizeof(unknown), 1);
    expect_end();
    send_order(&judge, 1, 1);
    expect_end();
    send_order(longer, sizeof(longer), 1);
    expect_end();
}

TEST(a_worker_that_is_gone_is_the_end)
{
    shutdown(worker, SHUT_RDWR);
    expect_end();
}

TEST(a_report_arrives)
{
    const struct report sent = {.kind = REPORT_ENDED, .status = 139, .cpu_ms = 12, .text = "text"};
    struct report got;
    assert_int_equal(report_send(zygote, &sent), 0);
    assert_true(report_receive(worker, later(LONG_MS), &got));
    assert_int_equal(got.kind, REPORT_ENDED);
    assert_int_equal(got.status, 139);
    assert_int_equal(got.cpu_ms, 12);
    assert_string_equal(got.text, "text");
}

TEST(without_a_report_the_wait_ends_at_its_deadline)
{
    struct report got;
    int64_t deadline = later(SOON_MS);
    assert_false(report_receive(worker, deadline, &got));
    assert_int_equal(errno, ETIMEDOUT);
    assert_true(clock_ms(CLOCK_MONOTONIC) >= deadline);
    assert_false(report_receive(worker, later(-LONG_MS), &got));
}

TEST(a_report_of_another_form_is_the_end)
{
    struct report report = {.kind = REPORT_END, .text = "text"};
    expect_gone(&report, sizeof(report));
    report.kind = REPORT_ENDED + 1;
    expect_gone(&report, sizeof(report));
    report = (struct report){.kind = REPORT_ENDED, .cpu_ms = -1};
    expect_gone(&report, sizeof(report));
    report = (struct report){.kind = REPORT_READY};
    memset(report.text, 'x', sizeof(report.text));
    expect_gone(&report, sizeof(report));
    report = (struct report){.kind = REPORT_READY};
    expect_gone(&report, sizeof(report) - 1);
    const struct report two[2] = {report, report};
    expect_gone(two, sizeof(two));
}

TEST(bytes_of_a_report_that_are_not_printable_are_replaced)
{
    const struct report sent = {.kind = REPORT_READY, .text = "a\nb\x1b"};
    struct report got;
    assert_int_equal(report_send(zygote, &sent), 0);
    assert_true(report_receive(worker, later(LONG_MS), &got));
    assert_string_equal(got.text, "a?b?");
}

TEST(a_zygote_that_is_gone_is_the_end)
{
    struct report got;
    shutdown(zygote, SHUT_RDWR);
    assert_true(report_receive(worker, later(LONG_MS), &got));
    assert_int_equal(got.kind, REPORT_END);
    assert_int_equal(orders_send(worker, ORDER_KILL, -1), -1);
    assert_int_equal(errno, EPIPE);
}

EACH_TEST(open_line, close_line);

#include "fs/judge/exchange.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fs/host/clock.h"
#include "tests/unit/lib/harness.h"

enum { SOON_MS = 20, LONG_MS = 60000, LARGE = 3 * 1024 * 1024 };

static struct exchange worker, judge;
static struct buf got;

static void open_stream(void)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    worker = (struct exchange){.fd = ends[0], .deadline = clock_ms(CLOCK_MONOTONIC) + LONG_MS};
    judge = (struct exchange){.fd = ends[1]};
}

static void close_stream(void)
{
    buf_done(&got);
    close(worker.fd);
    close(judge.fd);
}

static void receive(const struct exchange *at, enum exchange_kind expected)
{
    enum exchange_kind kind;
    buf_done(&got);
    assert_int_equal(exchange_receive(at, LARGE, &kind, &got), 0);
    assert_int_equal(kind, expected);
}

/* Receiving fails with this. */
static void expect_failure(size_t max, int error)
{
    enum exchange_kind kind;
    buf_done(&got);
    assert_int_equal(exchange_receive(&worker, max, &kind, &got), -1);
    assert_int_equal(errno, error);
}

static void send_raw(uint32_t kind, uint32_t length, const char *body)
{
    const uint32_t head[] = {kind, length};
    assert_int_equal(write(judge.fd, head, sizeof(head)), sizeof(head));
    assert_int_equal(write(judge.fd, body, strlen(body)), strlen(body));
}

static void *receive_large(void *unused)
{
    receive(&judge, EXCHANGE_DOCUMENT);
    return unused;
}

TEST(a_message_arrives_with_its_kind)
{
    assert_int_equal(exchange_send(&worker, EXCHANGE_DOCUMENT, span_of("{}")), 0);
    receive(&judge, EXCHANGE_DOCUMENT);
    expect_text(&got, "{}");
    assert_int_equal(exchange_send(&judge, EXCHANGE_REQUEST, span_of("")), 0);
    receive(&worker, EXCHANGE_REQUEST);
    expect_text(&got, "");
}

TEST(a_message_that_no_socket_takes_at_once_arrives_whole)
{
    pthread_t reader;
    CLEANUP(buf_done) struct buf large = {.len = 0};
    struct fault f = {.reason = REASON_NONE};
    assert_int_equal(buf_reserve(&large, LARGE, &f), 0);
    for (size_t i = 0; i < LARGE; i++)
        large.data[i] = (unsigned char)(i * 31 >> 8);
    large.len = LARGE;
    assert_int_equal(pthread_create(&reader, NULL, receive_large, NULL), 0);
    assert_int_equal(exchange_send(&worker, EXCHANGE_DOCUMENT, buf_span(&large)), 0);
    pthread_join(reader, NULL);
    assert_true(span_equal(buf_span(&large), buf_span(&got)));
}

TEST(a_body_longer_than_allowed_is_not_received)
{
    send_raw(EXCHANGE_REQUEST, 3, "abc");
    expect_failure(2, EMSGSIZE);
    assert_int_equal(got.len, 0);
}

TEST(a_length_is_not_allocated_before_it_is_checked)
{
    send_raw(EXCHANGE_REQUEST, UINT32_MAX, "abc");
    expect_failure(LARGE, EMSGSIZE);
    assert_int_equal(got.capacity, 0);
}

TEST(an_unknown_kind_is_not_received)
{
    send_raw(EXCHANGE_FAULT + 1, 0, "");
    expect_failure(LARGE, EMSGSIZE);
}

TEST(a_peer_that_closes_has_ended)
{
    shutdown(judge.fd, SHUT_RDWR);
    expect_failure(LARGE, EPIPE);
    assert_int_equal(exchange_send(&worker, EXCHANGE_DOCUMENT, span_of("{}")), -1);
    assert_int_equal(errno, EPIPE);
}

TEST(a_peer_that_closes_within_a_message_has_ended)
{
    send_raw(EXCHANGE_REQUEST, 10, "abc");
    shutdown(judge.fd, SHUT_WR);
    expect_failure(LARGE, EPIPE);
}

TEST(a_silent_peer_is_waited_for_until_the_deadline)
{
    worker.deadline = clock_ms(CLOCK_MONOTONIC) + SOON_MS;
    expect_failure(LARGE, ETIMEDOUT);
    assert_true(clock_ms(CLOCK_MONOTONIC) >= worker.deadline);
    send_raw(EXCHANGE_REQUEST, 10, "abc");
    expect_failure(LARGE, ETIMEDOUT);
}

TEST(a_peer_that_does_not_read_is_waited_for_until_the_deadline)
{
    CLEANUP(buf_done) struct buf large = {.len = 0};
    struct fault f = {.reason = REASON_NONE};
    assert_int_equal(buf_reserve(&large, LARGE, &f), 0);
    memset(large.data, 'x', LARGE);
    large.len = LARGE;
    worker.deadline = clock_ms(CLOCK_MONOTONIC) + SOON_MS;
    assert_int_equal(exchange_send(&worker, EXCHANGE_DOCUMENT, buf_span(&large)), -1);
    assert_int_equal(errno, ETIMEDOUT);
}

/* Descriptors that a judge sends along are dropped by the kernel. */
TEST(no_descriptor_is_received)
{
    int sent = dup(STDOUT_FILENO), before = dup(STDOUT_FILENO);
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {.head = {.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
    uint32_t message[] = {EXCHANGE_REQUEST, 0};
    struct iovec part = {message, sizeof(message)};
    const struct msghdr with = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    memcpy(CMSG_DATA(&control.head), &sent, sizeof(sent));
    close(before);
    assert_int_equal(sendmsg(judge.fd, &with, 0), sizeof(message));
    close(sent);
    receive(&worker, EXCHANGE_REQUEST);
    int after = dup(STDOUT_FILENO);
    assert_true(after <= before);
    close(after);
}

EACH_TEST(open_stream, close_stream);

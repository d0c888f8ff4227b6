#include "fs/host/ask.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "fs/host/channel.h"
#include "fs/host/clock.h"
#include "tests/unit/lib/harness.h"

enum { SHORT_MS = 50, LONG_MS = 60 * 1000 };

static int supervisor;
static struct ask worker;
static size_t opened; /* descriptors before the test */

static size_t count_descriptors(void)
{
    size_t count = 0;
    DIR *directory = opendir("/proc/self/fd");
    assert_non_null(directory);
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

static void open_line(void)
{
    struct fault f = {.reason = REASON_NONE};
    opened = count_descriptors();
    worker = (struct ask){.fd = -1, .limit_ms = LONG_MS};
    assert_int_equal(channel_open(&supervisor, &worker.fd, &f), 0);
}

/* Descriptors that are on their way count as well: they end with the line. */
static void close_line(void)
{
    close_fd(&supervisor);
    close_fd(&worker.fd);
    assert_int_equal(count_descriptors(), opened);
}

static struct ask_question received(void)
{
    struct ask_question question;
    assert_int_equal(ask_receive(supervisor, &question), ASK_QUESTION);
    return question;
}

/* Answers before it is asked: the next question has the next number. */
static void answer_next(int error, int value, int descriptor)
{
    const struct ask_question question = {.number = worker.number + 1};
    assert_int_equal(ask_answer(supervisor, &question, error, value, descriptor), 0);
}

static void expect_failure(enum ask_kind kind, int error)
{
    assert_int_equal(ask_supervisor(&worker, kind, kind == ASK_KEY ? "certfs" : "", NULL), -1);
    assert_int_equal(errno, error);
}

TEST(a_question_arrives_with_its_name_and_its_answer_with_value_and_descriptor)
{
    int value = 0;
    answer_next(0, 7, open("/dev/null", O_RDONLY));
    int descriptor = ask_supervisor(&worker, ASK_KEY, "certfs", &value);
    assert_true(descriptor > 0);
    assert_int_equal(fcntl(descriptor, F_GETFD), FD_CLOEXEC);
    close(descriptor);
    assert_int_equal(value, 7);
    struct ask_question question = received();
    assert_int_equal(question.kind, ASK_KEY);
    assert_string_equal(question.name, "certfs");
    assert_int_equal(question.number, worker.number);
}

TEST(a_place_is_a_value_without_a_descriptor)
{
    int value = 0;
    answer_next(0, 2, -1);
    assert_int_equal(ask_supervisor(&worker, ASK_STORE_PLACE, "", &value), 0);
    assert_int_equal(value, 2);
}

TEST(an_error_of_the_supervisor_is_the_callers_and_its_descriptor_is_closed)
{
    answer_next(ENOENT, 0, open("/dev/null", O_RDONLY));
    expect_failure(ASK_KEY, ENOENT);
}

TEST(the_longest_name_arrives_and_a_longer_one_is_not_sent)
{
    char name[ASK_NAME_MAX + 2];
    struct ask_question question;
    memset(name, 'x', sizeof(name));
    name[ASK_NAME_MAX + 1] = '\0';
    assert_int_equal(ask_supervisor(&worker, ASK_KEY, name, NULL), -1);
    assert_int_equal(errno, ENAMETOOLONG);
    assert_int_equal(ask_receive(supervisor, &question), ASK_NOTHING);
    name[ASK_NAME_MAX] = '\0';
    answer_next(ENOENT, 0, -1);
    assert_int_equal(ask_supervisor(&worker, ASK_KEY, name, NULL), -1);
    assert_string_equal(received().name, name);
}

TEST(a_descriptor_too_many_or_too_few_is_refused_and_closed)
{
    answer_next(0, 0, open("/dev/null", O_RDONLY));
    expect_failure(ASK_STORE_PLACE, EPROTO);
    (void)received();
    answer_next(0, 0, -1);
    expect_failure(ASK_KEY, EPROTO);
    (void)received();
}

/* Sends these bytes and so many descriptors of /dev/null. */
static void send_raw(int fd, const void *bytes, size_t length, size_t count)
{
    union {
        struct cmsghdr header;
        unsigned char space[CMSG_SPACE(8 * sizeof(int))];
    } control = {
        .header = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(count * sizeof(int))}};
    CLEANUP(close_fd) int null = open("/dev/null", O_RDONLY);
    unsigned char copy[512];
    memcpy(copy, bytes, length);
    for (size_t i = 0; i < count; i++)
        memcpy(CMSG_DATA(&control.header) + i * sizeof(int), &null, sizeof(null));
    struct iovec part = {copy, length};
    const struct msghdr message = {.msg_iov = &part,
                                   .msg_iovlen = 1,
                                   .msg_control = count > 0 ? &control : NULL,
                                   .msg_controllen = count > 0 ? CMSG_SPACE(count * sizeof(int)) : 0};
    assert_int_equal(sendmsg(fd, &message, MSG_NOSIGNAL), length);
}

TEST(answers_with_surplus_descriptors_or_of_another_size_are_refused_and_closed)
{
    struct {
        uint64_t number;
        int32_t error, value;
        char surplus[8];
    } answer = {.number = 0};
    static const struct {
        size_t length, count;
    } forms[] = {{16, 2}, {16, 4}, {16, 5}, {16, 8}, {17, 1}, {24, 1}, {15, 1}, {8, 0}, {1, 3}};
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        struct ask_question question;
        answer.number = worker.number + 1;
        send_raw(supervisor, &answer, forms[i].length, forms[i].count);
        expect_failure(ASK_KEY, EPROTO);
        (void)ask_receive(supervisor, &question);
    }
}

TEST(an_error_below_zero_is_no_answer)
{
    answer_next(-ENOENT, 0, -1);
    expect_failure(ASK_KEY, EPROTO);
}

TEST(without_an_answer_it_ends_in_time_and_then_at_once)
{
    worker.limit_ms = SHORT_MS;
    expect_failure(ASK_KEY, ETIMEDOUT);
    worker.limit_ms = LONG_MS;
    for (int i = 0; i < 100; i++)
        expect_failure(ASK_STORE_PLACE, ETIMEDOUT);
    assert_int_equal(received().kind, ASK_KEY); /* the others were not sent */
}

TEST(a_late_answer_is_dropped_with_its_descriptor_and_the_next_question_is_answered)
{
    int value = 0;
    worker.limit_ms = SHORT_MS;
    expect_failure(ASK_KEY, ETIMEDOUT);
    worker.limit_ms = LONG_MS;
    struct ask_question late = received();
    assert_int_equal(ask_answer(supervisor, &late, 0, 0, open("/dev/null", O_RDONLY)), 0);
    answer_next(0, 1, -1);
    assert_int_equal(ask_supervisor(&worker, ASK_STORE_PLACE, "", &value), 0);
    assert_int_equal(value, 1);
}

TEST(answers_of_other_numbers_are_dropped_while_it_waits)
{
    int value = 0;
    for (uint64_t number = 100; number < 110; number++) {
        const struct ask_question other = {.number = number};
        assert_int_equal(ask_answer(supervisor, &other, 0, 9, open("/dev/null", O_RDONLY)), 0);
    }
    answer_next(0, 1, -1);
    assert_int_equal(ask_supervisor(&worker, ASK_STORE_PLACE, "", &value), 0);
    assert_int_equal(value, 1);
}

TEST(a_supervisor_that_is_gone_is_not_waited_for)
{
    close(supervisor);
    supervisor = -1;
    for (int i = 0; i < 3; i++)
        expect_failure(ASK_KEY, EPIPE);
}

static void *close_after_question(void *unused)
{
    struct ask_question question;
    while (ask_receive(supervisor, &question) == ASK_NOTHING)
        continue;
    close(supervisor);
    return unused;
}

TEST(a_supervisor_that_ends_while_it_is_asked_ends_the_wait)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, close_after_question, NULL), 0);
    expect_failure(ASK_KEY, EPIPE);
    assert_int_equal(pthread_join(thread, NULL), 0);
    supervisor = -1;
}

/* ---- what the supervisor receives ---- */

static void expect_received(enum ask_received expected)
{
    struct ask_question question;
    assert_int_equal(ask_receive(supervisor, &question), expected);
}

static void send_question(uint64_t kind, const char *name, size_t length)
{
    struct {
        uint64_t number, kind;
        char name[ASK_NAME_MAX + 2];
    } bytes = {.number = 1, .kind = kind};
    memcpy(bytes.name, name, length);
    send_raw(worker.fd, &bytes, 16 + length, 0);
}

TEST(nothing_waiting_differs_from_the_end)
{
    expect_received(ASK_NOTHING);
    close(worker.fd);
    worker.fd = -1;
    expect_received(ASK_CLOSED);
    expect_received(ASK_CLOSED);
}

TEST(malformed_questions_are_none)
{
    static const uint64_t kinds[] = {0, ASK_ZYGOTE + 1, 1000, UINT64_MAX, UINT64_C(1) << 32 | ASK_KEY};
    char name[ASK_NAME_MAX + 1];
    memset(name, 'x', sizeof(name));
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        send_question(kinds[i], "certfs", 6);
        expect_received(ASK_MALFORMED);
    }
    send_question(ASK_KEY, "", 0);
    expect_received(ASK_MALFORMED);
    send_question(ASK_KEY, "cert\0fs", 7);
    expect_received(ASK_MALFORMED);
    send_question(ASK_KEY, "certfs\0", 7);
    expect_received(ASK_MALFORMED);
    send_question(ASK_STORE_PLACE, "x", 1);
    expect_received(ASK_MALFORMED);
    send_question(ASK_KEY, name, ASK_NAME_MAX + 1);
    expect_received(ASK_MALFORMED);
    send_question(ASK_KEY, name, ASK_NAME_MAX);
    expect_received(ASK_QUESTION);
    send_raw(worker.fd, "short", 5, 0);
    expect_received(ASK_MALFORMED);
}

TEST(a_second_question_behind_the_first_is_malformed)
{
    send_question(ASK_KEY, "certfs", 6);
    send_question(ASK_KEY, "certfs", 6);
    expect_received(ASK_MALFORMED);
}

/* From Linux 6.16 on, the kernel refuses to send them; the second time it may not. */
TEST(descriptors_of_the_worker_are_not_taken)
{
    enum { PASS_RIGHTS = 83 };
    uint64_t copy[] = {1, ASK_STORE_PLACE};
    union {
        struct cmsghdr header;
        unsigned char space[CMSG_SPACE(sizeof(int))];
    } control = {.header = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))}};
    memcpy(CMSG_DATA(&control.header), &worker.fd, sizeof(worker.fd));
    struct iovec part = {copy, sizeof(copy)};
    const struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    if (sendmsg(worker.fd, &message, MSG_NOSIGNAL) < 0)
        assert_int_equal(errno, EPERM);
    else
        expect_received(ASK_MALFORMED);
    (void)setsockopt(supervisor, SOL_SOCKET, PASS_RIGHTS, &(int){1}, sizeof(int));
    assert_int_equal(sendmsg(worker.fd, &message, MSG_NOSIGNAL), sizeof(copy));
    expect_received(ASK_MALFORMED);
    expect_received(ASK_NOTHING);
}

TEST(no_bytes_of_the_worker_do_harm)
{
    unsigned seed = 1;
    unsigned char bytes[ASK_NAME_MAX + 64];
    for (int turn = 0; turn < 20000; turn++) {
        size_t length = 1 + (size_t)rand_r(&seed) % (turn % 2 == 0 ? 32 : sizeof(bytes));
        for (size_t i = 0; i < length; i++)
            bytes[i] = (unsigned char)rand_r(&seed);
        const uint64_t head[] = {1, (uint64_t)turn % (ASK_ZYGOTE + 2)};
        if (turn % 4 != 0)
            memcpy(bytes, head, length < sizeof(head) ? length : sizeof(head));
        send_raw(worker.fd, bytes, length, 0);
        struct ask_question question;
        enum ask_received got = ask_receive(supervisor, &question);
        assert_true(got == ASK_QUESTION || got == ASK_MALFORMED);
        assert_true(memchr(question.name, '\0', sizeof(question.name)) != NULL);
        if (got == ASK_QUESTION)
            assert_in_range(question.kind, ASK_KEY, ASK_ZYGOTE);
    }
}

TEST(an_answer_that_is_not_read_does_not_block_and_leaks_nothing)
{
    const struct ask_question question = {.number = 1};
    size_t sent = 0;
    while (ask_answer(supervisor, &question, 0, 0, open("/dev/null", O_RDONLY)) == 0)
        assert_true(++sent < 100000);
    close(worker.fd);
    worker.fd = -1;
    assert_int_equal(ask_answer(supervisor, &question, 0, 0, open("/dev/null", O_RDONLY)), -1);
}

static void *answer_all(void *unused)
{
    struct ask_question question;
    enum ask_received got;
    while ((got = ask_receive(supervisor, &question)) != ASK_CLOSED) {
        const int descriptor = question.kind == ASK_KEY ? open("/dev/null", O_RDONLY) : -1;
        if (got == ASK_QUESTION)
            assert_int_equal(ask_answer(supervisor, &question, 0, (int)question.number, descriptor), 0);
        else
            close_fd(&descriptor);
        sched_yield();
    }
    return unused;
}

TEST(a_thousand_questions_have_each_their_own_answer)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, answer_all, NULL), 0);
    for (int i = 0; i < 1000; i++) {
        int value = 0;
        const bool key = i % 2 == 0;
        int descriptor = ask_supervisor(&worker, key ? ASK_KEY : ASK_STORE_PLACE, key ? "certfs" : "", &value);
        assert_true(descriptor >= 0);
        assert_int_equal(value, worker.number);
        if (key)
            close(descriptor);
    }
    close(worker.fd);
    worker.fd = -1;
    assert_int_equal(pthread_join(thread, NULL), 0);
}

EACH_TEST(open_line, close_line);

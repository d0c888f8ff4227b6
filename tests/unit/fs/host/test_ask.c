#include "fs/host/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "fs/host/channel.h"
#include "fs/host/clock.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/rights.h"

enum { SHORT_MS = 50, LONG_MS = 60 * 1000 };

static int supervisor;
static struct ask worker;
static size_t opened; /* descriptors before the test */

static void open_line(void)
{
    struct fault f = {.reason = REASON_NONE};
    opened = rights_count();
    worker = (struct ask){.fd = -1, .limit_ms = LONG_MS};
    assert_int_equal(channel_open(&supervisor, &worker.fd, &f), 0);
}

/* Descriptors that are on their way count as well: they end with the line. */
static void close_line(void)
{
    close_fd(&supervisor);
    close_fd(&worker.fd);
    assert_int_equal(rights_count(), opened);
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
    const struct ask_answer answer = {.error = error, .value = value, .descriptor = descriptor};
    assert_int_equal(ask_answer(supervisor, &question, &answer), 0);
}

/* Answers with a descriptor of /dev/null. */
static int answer_null(const struct ask_question *question)
{
    return ask_answer(supervisor, question, &(struct ask_answer){.descriptor = open("/dev/null", O_RDONLY)});
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

TEST(facts_of_a_key_come_without_a_descriptor)
{
    const struct ask_question question = {.number = worker.number + 1};
    struct ask_answer answer = {.descriptor = -1};
    struct stat facts;
    assert_int_equal(stat("/dev/null", &answer.facts), 0);
    assert_int_equal(ask_answer(supervisor, &question, &answer), 0);
    assert_int_equal(ask_key_facts(&worker, "certfs", &facts), 0);
    assert_memory_equal(&facts, &answer.facts, sizeof(facts));
    assert_string_equal(received().name, "certfs");
    answer_next(ENOENT, 0, -1);
    assert_int_equal(ask_key_facts(&worker, "certfs", &facts), -1);
    assert_int_equal(errno, ENOENT);
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

TEST(answers_with_surplus_descriptors_or_of_another_size_are_refused_and_closed)
{
    struct {
        uint64_t number;
        int32_t error, value;
        struct stat facts;
        char surplus[8];
    } answer = {.number = 0};
    enum { WHOLE = sizeof(answer) - sizeof(answer.surplus) };
    static const struct {
        size_t length, count;
    } forms[] = {{WHOLE, 2},     {WHOLE, 4},     {WHOLE, 5}, {WHOLE, 8}, {WHOLE + 1, 1},
                 {WHOLE + 8, 1}, {WHOLE - 1, 1}, {16, 1},    {8, 0},     {1, 3}};
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        struct ask_question question;
        answer.number = worker.number + 1;
        assert_int_equal(rights_send(supervisor, &answer, forms[i].length, forms[i].count), forms[i].length);
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
    assert_int_equal(answer_null(&late), 0);
    answer_next(0, 1, -1);
    assert_int_equal(ask_supervisor(&worker, ASK_STORE_PLACE, "", &value), 0);
    assert_int_equal(value, 1);
}

TEST(answers_of_other_numbers_are_dropped_while_it_waits)
{
    int value = 0;
    for (uint64_t number = 100; number < 110; number++) {
        const struct ask_question other = {.number = number};
        assert_int_equal(answer_null(&other), 0);
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

TEST(an_answer_that_is_not_read_does_not_block_and_leaks_nothing)
{
    const struct ask_question question = {.number = 1};
    size_t sent = 0;
    while (answer_null(&question) == 0)
        assert_true(++sent < 100000);
    close(worker.fd);
    worker.fd = -1;
    assert_int_equal(answer_null(&question), -1);
}

static void *answer_all(void *unused)
{
    struct ask_question question;
    enum ask_received got;
    while ((got = ask_receive(supervisor, &question)) != ASK_CLOSED) {
        struct ask_answer answer = {.value = (int)question.number, .descriptor = -1};
        if (question.kind == ASK_KEY)
            answer.descriptor = open("/dev/null", O_RDONLY);
        if (got == ASK_QUESTION)
            assert_int_equal(ask_answer(supervisor, &question, &answer), 0);
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

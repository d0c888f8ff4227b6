#include "fs/host/ask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "fs/host/channel.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/rights.h"

static int supervisor, worker;
static size_t opened; /* descriptors before the test */

static void open_line(void)
{
    struct fault f = {.reason = REASON_NONE};
    opened = rights_count();
    assert_int_equal(channel_open(&supervisor, &worker, &f), 0);
}

static void close_line(void)
{
    close_fd(&supervisor);
    close_fd(&worker);
    assert_int_equal(rights_count(), opened);
}

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
    assert_int_equal(rights_send(worker, &bytes, 16 + length, 0), 16 + length);
}

TEST(nothing_waiting_differs_from_the_end)
{
    expect_received(ASK_NOTHING);
    close(worker);
    worker = -1;
    expect_received(ASK_CLOSED);
    expect_received(ASK_CLOSED);
}

TEST(malformed_questions_are_none)
{
    static const uint64_t kinds[] = {0, ASK_HURRY + 1, 1000, UINT64_MAX, UINT64_C(1) << 32 | ASK_KEY};
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
    assert_int_equal(rights_send(worker, "short", 5, 0), 5);
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
    const uint64_t head[] = {1, ASK_STORE_PLACE};
    if (rights_send(worker, head, sizeof(head), 1) < 0)
        assert_int_equal(errno, EPERM);
    else
        expect_received(ASK_MALFORMED);
    rights_allow(supervisor);
    assert_int_equal(rights_send(worker, head, sizeof(head), 1), sizeof(head));
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
        const uint64_t head[] = {1, (uint64_t)turn % (ASK_HURRY + 2)};
        if (turn % 4 != 0)
            memcpy(bytes, head, length < sizeof(head) ? length : sizeof(head));
        assert_int_equal(rights_send(worker, bytes, length, 0), length);
        struct ask_question question;
        enum ask_received got = ask_receive(supervisor, &question);
        assert_true(got == ASK_QUESTION || got == ASK_MALFORMED);
        assert_true(memchr(question.name, '\0', sizeof(question.name)) != NULL);
        if (got == ASK_QUESTION)
            assert_in_range(question.kind, ASK_KEY, ASK_HURRY);
    }
}

EACH_TEST(open_line, close_line);

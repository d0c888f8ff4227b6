#include "fs/worker/requests.h"

#include <linux/fuse.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fault.h"
#include "fs/worker/slots.h"
#include "tests/unit/lib/harness.h"

/* A worker, and the memory that outlives it. */
struct fixture {
    void *memory;
    struct requests *requests;
};

enum { SMALL = 100, LARGE = 5000 };

static void begin_worker(struct fixture *fixture)
{
    struct fault f = {.reason = REASON_NONE};
    assert_int_equal(requests_new(fixture->memory, SLOTS_SIZE, &fixture->requests, &f), 0);
}

static struct fixture new_fixture(void)
{
    struct fixture fixture = {.memory = calloc(1, SLOTS_SIZE)};
    assert_non_null(fixture.memory);
    begin_worker(&fixture);
    return fixture;
}

static void fixture_done(struct fixture *fixture)
{
    requests_freep(&fixture->requests);
    free(fixture->memory);
}

/* The worker ends, and the next one begins. */
static void take_over(struct fixture *fixture, uint32_t number)
{
    requests_freep(&fixture->requests);
    begin_worker(fixture);
    requests_inherit(fixture->requests, number);
}

/* As the kernel would write it; each byte behind the header is that of the number. */
static struct incoming read_request(struct fixture *fixture, uint32_t opcode, uint64_t unique, size_t length)
{
    size_t size;
    unsigned char *bytes = requests_next(fixture->requests, &size);
    const struct fuse_in_header header = {.len = (uint32_t)length, .opcode = opcode, .unique = unique};
    assert_true(length <= size);
    for (size_t i = 0; i < length; i++)
        assert_int_equal(bytes[i], 0);
    memset(bytes, (int)(unique & 0xff), length);
    memcpy(bytes, &header, sizeof(header));
    return requests_begin(fixture->requests, length);
}

/* Reads one that is answered later. */
static void read_and_defer(struct fixture *fixture, uint64_t unique, size_t length)
{
    read_request(fixture, FUSE_WRITE, unique, length);
    requests_end(fixture->requests);
}

static size_t count_bytes(const struct fixture *fixture, uint64_t unique)
{
    size_t count = 0;
    for (size_t i = 0; i < SLOTS_COUNT; i++) {
        const unsigned char *bytes = (const unsigned char *)slots_at(fixture->memory, i);
        size_t size = slots_room(i) + offsetof(struct slot, request);
        for (size_t at = 0; at < size; at++)
            count += bytes[at] == (unique & 0xff);
    }
    return count;
}

/* All that a worker finds, in its order; each is answered. */
static size_t answer_all_again(struct fixture *fixture, uint64_t ret[static SLOTS_COUNT])
{
    struct incoming request;
    size_t count = 0;
    while (requests_again(fixture->requests, &request)) {
        assert_true(request.again);
        assert_int_equal(((unsigned char *)request.bytes)[request.length - 1], request.unique & 0xff);
        requests_answered(fixture->requests, request.number);
        requests_end(fixture->requests);
        ret[count++] = request.unique;
    }
    return count;
}

TEST(a_request_that_is_answered_at_once_leaves_nothing)
{
    CLEANUP(fixture_done) struct fixture fixture = new_fixture();
    uint64_t left[SLOTS_COUNT];
    read_request(&fixture, FUSE_READ, 0xa6, SMALL);
    requests_answered(fixture.requests, 0xa6);
    requests_end(fixture.requests);
    assert_int_equal(count_bytes(&fixture, 0xa6), 0);
    take_over(&fixture, 1);
    assert_int_equal(answer_all_again(&fixture, left), 0);
}

TEST(a_request_that_waits_is_found_by_the_next_worker_and_gone_once_it_is_answered)
{
    const size_t lengths[] = {SMALL, LARGE, 1024 * 1024 + 80};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        CLEANUP(fixture_done) struct fixture fixture = new_fixture();
        uint64_t left[SLOTS_COUNT];
        read_and_defer(&fixture, 0xa6, lengths[i]);
        take_over(&fixture, 1);
        assert_int_equal(answer_all_again(&fixture, left), 1);
        assert_int_equal(left[0], 0xa6);
        assert_int_equal(count_bytes(&fixture, 0xa6), 0);
        take_over(&fixture, 2);
        assert_int_equal(answer_all_again(&fixture, left), 0);
    }
}

TEST(requests_come_again_in_the_order_in_which_they_were_read)
{
    CLEANUP(fixture_done) struct fixture fixture = new_fixture();
    uint64_t left[SLOTS_COUNT];
    for (uint64_t unique = 2; unique <= 40; unique += 2)
        read_and_defer(&fixture, unique, unique % 3 == 0 ? LARGE : SMALL);
    requests_answered(fixture.requests, 6); /* their slots are used by the next ones */
    requests_answered(fixture.requests, 8);
    read_and_defer(&fixture, 42, LARGE);
    read_and_defer(&fixture, 44, SMALL);
    read_request(&fixture, FUSE_READ, 46, SMALL);
    take_over(&fixture, 1);
    assert_int_equal(answer_all_again(&fixture, left), 21);
    for (size_t i = 0; i < 21; i++)
        assert_int_equal(left[i], i < 2 ? 2 + 2 * i : 6 + 2 * i);
}

TEST(one_that_still_waits_after_it_came_again_is_there_for_the_third_worker)
{
    CLEANUP(fixture_done) struct fixture fixture = new_fixture();
    struct incoming request;
    uint64_t left[SLOTS_COUNT];
    read_and_defer(&fixture, 2, LARGE);
    read_and_defer(&fixture, 4, SMALL);
    take_over(&fixture, 1);
    while (requests_again(fixture.requests, &request))
        requests_end(fixture.requests);
    read_and_defer(&fixture, 6, LARGE);
    take_over(&fixture, 2);
    assert_int_equal(answer_all_again(&fixture, left), 3);
    assert_int_equal(left[2], 6);
}

TEST(a_request_that_was_sent_again_is_freed_by_its_number_as_it_was_read)
{
    CLEANUP(fixture_done) struct fixture fixture = new_fixture();
    read_and_defer(&fixture, 0xa6 | SLOTS_AGAIN, LARGE);
    requests_answered(fixture.requests, 0xa6 | SLOTS_AGAIN);
    assert_int_equal(count_bytes(&fixture, 0xa6), 0);
}

static void *answer(void *argument)
{
    struct fixture *fixture = argument;
    requests_answered(fixture->requests, 0xa6);
    return NULL;
}

static void answer_by_another_thread(struct fixture *fixture)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, answer, fixture), 0);
    pthread_join(thread, NULL);
}

TEST(any_thread_frees_a_slot_even_while_the_request_is_being_processed)
{
    for (int during = 0; during < 2; during++) {
        CLEANUP(fixture_done) struct fixture fixture = new_fixture();
        uint64_t left[SLOTS_COUNT];
        const struct incoming request = read_request(&fixture, FUSE_WRITE, 0xa6, LARGE);
        if (during)
            answer_by_another_thread(&fixture);
        assert_int_equal(((unsigned char *)request.bytes)[LARGE - 1], 0xa6); /* not under the FUSE thread's hands */
        requests_end(fixture.requests);
        if (!during)
            answer_by_another_thread(&fixture);
        assert_int_equal(count_bytes(&fixture, 0xa6), 0);
        take_over(&fixture, 1);
        assert_int_equal(answer_all_again(&fixture, left), 0);
    }
}

TEST(there_is_always_a_slot_to_read_into)
{
    CLEANUP(fixture_done) struct fixture fixture = new_fixture();
    uint64_t left[SLOTS_COUNT];
    for (uint64_t unique = 2; unique <= 100; unique += 2)
        read_and_defer(&fixture, unique, LARGE);
    read_request(&fixture, FUSE_WRITE, 102, LARGE);
    take_over(&fixture, 1);
    assert_int_equal(answer_all_again(&fixture, left), SLOTS_BIG - 1);
    assert_int_equal(left[0], 2);
}

TEST(a_request_too_many_cannot_wait)
{
    CLEANUP(fixture_done) struct fixture fixture = new_fixture();
    uint64_t unique = 2;
    for (size_t i = 0; i < SLOTS_SMALL; i++, unique += 2) {
        assert_true(read_request(&fixture, FUSE_LOOKUP, unique, SMALL).may_wait);
        requests_end(fixture.requests);
    }
    assert_false(read_request(&fixture, FUSE_LOOKUP, unique, SMALL).may_wait);
    requests_answered(fixture.requests, unique);
    requests_end(fixture.requests);
    requests_answered(fixture.requests, 2);
    assert_true(read_request(&fixture, FUSE_LOOKUP, unique + 2, SMALL).may_wait);
}

TEST(a_request_without_a_reply_is_over_once_it_was_processed)
{
    const uint32_t opcodes[] = {FUSE_FORGET, FUSE_BATCH_FORGET, FUSE_INTERRUPT, FUSE_NOTIFY_REPLY};
    CLEANUP(fixture_done) struct fixture fixture = new_fixture();
    uint64_t left[SLOTS_COUNT];
    for (size_t i = 0; i < sizeof(opcodes) / sizeof(opcodes[0]); i++) {
        read_request(&fixture, opcodes[i], 2 * i + 3, SMALL);
        requests_end(fixture.requests);
    }
    take_over(&fixture, 1);
    assert_int_equal(answer_all_again(&fixture, left), 0);
}

TEST(a_signal_is_known_to_the_next_worker)
{
    CLEANUP(fixture_done) struct fixture fixture = new_fixture();
    struct incoming request;
    size_t size;
    read_and_defer(&fixture, 2, LARGE);
    read_and_defer(&fixture, 4, LARGE);
    struct {
        struct fuse_in_header header;
        struct fuse_interrupt_in interrupt;
    } interrupt = {.header = {.len = sizeof(interrupt), .opcode = FUSE_INTERRUPT, .unique = 5},
                   .interrupt = {.unique = 4 | SLOTS_AGAIN}};
    memcpy(requests_next(fixture.requests, &size), &interrupt, sizeof(interrupt));
    requests_begin(fixture.requests, sizeof(interrupt));
    requests_end(fixture.requests);
    take_over(&fixture, 1);
    assert_true(requests_again(fixture.requests, &request));
    assert_false(request.interrupted);
    requests_end(fixture.requests);
    assert_true(requests_again(fixture.requests, &request));
    assert_true(request.interrupted);
}

TEST(a_poll_and_the_number_of_one_that_comes_again_are_decoded)
{
    CLEANUP(fixture_done) struct fixture fixture = new_fixture();
    struct {
        struct fuse_in_header header;
        struct fuse_poll_in poll;
    } poll = {.header = {.len = sizeof(poll), .opcode = FUSE_POLL, .unique = 4 | SLOTS_AGAIN}, .poll = {.kh = 77}};
    size_t size;
    memcpy(requests_next(fixture.requests, &size), &poll, sizeof(poll));
    const struct incoming request = requests_begin(fixture.requests, sizeof(poll));
    assert_int_equal(request.poll, 77);
    assert_int_equal(request.unique, 4);
    assert_true(request.number == poll.header.unique);
    assert_true(request.again);
    requests_answered(fixture.requests, request.number);
    requests_end(fixture.requests);
    assert_int_equal(read_request(&fixture, FUSE_READ, 6, sizeof(poll)).poll, 0);
}

/* ---- requests that end workers ---- */

/* Whether the request is known as poisonous to the worker that reads it again. */
static bool is_poisonous_again(struct fixture *fixture, uint64_t unique, bool resent)
{
    struct incoming request;
    if (resent) {
        requests_forget(fixture->requests);
        return read_request(fixture, FUSE_READ, unique | SLOTS_AGAIN, SMALL).poisonous;
    }
    do
        assert_true(requests_again(fixture->requests, &request));
    while (request.unique != unique && (requests_end(fixture->requests), true));
    return request.poisonous;
}

TEST(a_request_that_outlived_two_workers_is_poisonous_to_the_third)
{
    for (int resent = 0; resent < 2; resent++) {
        CLEANUP(fixture_done) struct fixture fixture = new_fixture();
        read_request(&fixture, FUSE_READ, 2, SMALL);
        slots_head(fixture.memory)->killed = 1;
        take_over(&fixture, 1);
        assert_false(is_poisonous_again(&fixture, 2, resent));
        take_over(&fixture, 2);
        assert_true(is_poisonous_again(&fixture, 2, resent));
    }
}

TEST(a_request_that_merely_waited_is_not)
{
    for (int resent = 0; resent < 2; resent++) {
        CLEANUP(fixture_done) struct fixture fixture = new_fixture();
        read_and_defer(&fixture, 2, SMALL);
        for (uint32_t number = 1; number < 9; number++) {
            take_over(&fixture, number);
            assert_false(is_poisonous_again(&fixture, 2, resent));
            requests_end(fixture.requests);
        }
    }
}

TEST(a_worker_that_ended_before_it_had_a_request_again_did_not_end_over_it)
{
    CLEANUP(fixture_done) struct fixture fixture = new_fixture();
    read_request(&fixture, FUSE_READ, 2, SMALL);
    for (uint32_t number = 1; number < 9; number++)
        take_over(&fixture, number);
    assert_false(is_poisonous_again(&fixture, 2, false));
}

TEST(a_document_that_is_carried_out_is_one_sooner_after_a_crash_than_after_a_kill_from_outside)
{
    for (int killed = 0; killed < 2; killed++) {
        CLEANUP(fixture_done) struct fixture fixture = new_fixture();
        uint32_t number = 1;
        read_and_defer(&fixture, 2, SMALL);
        for (bool poisonous = false; !poisonous; number++) {
            requests_running(fixture.requests, 2);
            if (killed)
                slots_head(fixture.memory)->killed = number;
            take_over(&fixture, number);
            poisonous = is_poisonous_again(&fixture, 2, false);
            requests_end(fixture.requests);
        }
        assert_int_equal(number - 1, killed ? 6 : 2);
    }
}

TEST(a_document_that_is_carried_out_before_its_write_is_left_counts_as_well)
{
    CLEANUP(fixture_done) struct fixture fixture = new_fixture();
    read_request(&fixture, FUSE_WRITE, 2, LARGE);
    requests_running(fixture.requests, 2);
    requests_end(fixture.requests);
    take_over(&fixture, 1);
    assert_false(is_poisonous_again(&fixture, 2, false));
    take_over(&fixture, 2);
    assert_true(is_poisonous_again(&fixture, 2, false));
}

/* ---- ends at any instant ---- */

TEST(a_slot_that_a_worker_was_wiping_when_it_ended_is_wiped)
{
    CLEANUP(fixture_done) struct fixture fixture = new_fixture();
    uint64_t left[SLOTS_COUNT];
    read_and_defer(&fixture, 0xa6, LARGE);
    for (size_t i = 0; i < SLOTS_COUNT; i++)
        slots_at(fixture.memory, i)->request.unique = 0;
    take_over(&fixture, 1);
    assert_int_equal(answer_all_again(&fixture, left), 0);
    assert_int_equal(count_bytes(&fixture, 0xa6), 0);
}

TEST(a_request_that_was_being_moved_comes_again_once)
{
    CLEANUP(fixture_done) struct fixture fixture = new_fixture();
    uint64_t left[SLOTS_COUNT];
    read_request(&fixture, FUSE_READ, 0xa6, SMALL);
    slots_copy(slots_at(fixture.memory, SLOTS_BIG), slots_at(fixture.memory, 0), SMALL);
    take_over(&fixture, 1);
    assert_int_equal(answer_all_again(&fixture, left), 1);
    assert_int_equal(count_bytes(&fixture, 0xa6), 0);
}

TEST(memory_of_another_layout_is_refused)
{
    struct fault f = {.reason = REASON_NONE};
    struct requests *requests;
    void *memory = calloc(1, SLOTS_SIZE);
    assert_non_null(memory);
    slots_head(memory)->bigs = 3;
    assert_int_equal(requests_new(memory, SLOTS_SIZE, &requests, &f), -1);
    free(memory);
}

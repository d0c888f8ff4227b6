#include "fs/worker/requests.h"

#include <linux/fuse.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fault.h"
#include "fs/worker/slots.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/requests_fixture.h"

TEST(a_request_that_is_answered_at_once_leaves_nothing)
{
    CLEANUP(requests_fixture_done) struct requests_fixture fixture = new_requests_fixture();
    uint64_t left[SLOTS_COUNT];
    read_request(&fixture, FUSE_READ, 0xa6, SMALL);
    requests_answered(fixture.requests, 0xa6);
    requests_end(fixture.requests);
    assert_int_equal(count_bytes(&fixture, 0xa6), 0);
    take_over_requests(&fixture, 1);
    assert_int_equal(answer_all_again(&fixture, left), 0);
}

TEST(a_request_that_waits_is_found_by_the_next_worker_and_gone_once_it_is_answered)
{
    const size_t lengths[] = {SMALL, LARGE, 1024 * 1024 + 80};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        CLEANUP(requests_fixture_done) struct requests_fixture fixture = new_requests_fixture();
        uint64_t left[SLOTS_COUNT];
        read_and_defer(&fixture, 0xa6, lengths[i]);
        take_over_requests(&fixture, 1);
        assert_int_equal(answer_all_again(&fixture, left), 1);
        assert_int_equal(left[0], 0xa6);
        assert_int_equal(count_bytes(&fixture, 0xa6), 0);
        take_over_requests(&fixture, 2);
        assert_int_equal(answer_all_again(&fixture, left), 0);
    }
}

TEST(requests_come_again_in_the_order_in_which_they_were_read)
{
    CLEANUP(requests_fixture_done) struct requests_fixture fixture = new_requests_fixture();
    uint64_t left[SLOTS_COUNT];
    for (uint64_t unique = 2; unique <= 40; unique += 2)
        read_and_defer(&fixture, unique, unique % 3 == 0 ? LARGE : SMALL);
    requests_answered(fixture.requests, 6); /* their slots are used by the next ones */
    requests_answered(fixture.requests, 8);
    read_and_defer(&fixture, 42, LARGE);
    read_and_defer(&fixture, 44, SMALL);
    read_request(&fixture, FUSE_READ, 46, SMALL);
    take_over_requests(&fixture, 1);
    assert_int_equal(answer_all_again(&fixture, left), 21);
    for (size_t i = 0; i < 21; i++)
        assert_int_equal(left[i], i < 2 ? 2 + 2 * i : 6 + 2 * i);
}

TEST(one_that_still_waits_after_it_came_again_is_there_for_the_third_worker)
{
    CLEANUP(requests_fixture_done) struct requests_fixture fixture = new_requests_fixture();
    struct incoming request;
    uint64_t left[SLOTS_COUNT];
    read_and_defer(&fixture, 2, LARGE);
    read_and_defer(&fixture, 4, SMALL);
    take_over_requests(&fixture, 1);
    while (requests_again(fixture.requests, &request))
        requests_end(fixture.requests);
    read_and_defer(&fixture, 6, LARGE);
    take_over_requests(&fixture, 2);
    assert_int_equal(answer_all_again(&fixture, left), 3);
    assert_int_equal(left[2], 6);
}

TEST(a_request_that_was_sent_again_is_freed_by_its_number_as_it_was_read)
{
    CLEANUP(requests_fixture_done) struct requests_fixture fixture = new_requests_fixture();
    read_and_defer(&fixture, 0xa6 | SLOTS_AGAIN, LARGE);
    requests_answered(fixture.requests, 0xa6 | SLOTS_AGAIN);
    assert_int_equal(count_bytes(&fixture, 0xa6), 0);
}

static void *answer(void *argument)
{
    struct requests_fixture *fixture = argument;
    requests_answered(fixture->requests, 0xa6);
    return NULL;
}

static void answer_by_another_thread(struct requests_fixture *fixture)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, answer, fixture), 0);
    pthread_join(thread, NULL);
}

TEST(any_thread_frees_a_slot_even_while_the_request_is_being_processed)
{
    for (int during = 0; during < 2; during++) {
        CLEANUP(requests_fixture_done) struct requests_fixture fixture = new_requests_fixture();
        uint64_t left[SLOTS_COUNT];
        const struct incoming request = read_request(&fixture, FUSE_WRITE, 0xa6, LARGE);
        if (during)
            answer_by_another_thread(&fixture);
        assert_int_equal(((unsigned char *)request.bytes)[LARGE - 1], 0xa6); /* not under the FUSE thread's hands */
        requests_end(fixture.requests);
        if (!during)
            answer_by_another_thread(&fixture);
        assert_int_equal(count_bytes(&fixture, 0xa6), 0);
        take_over_requests(&fixture, 1);
        assert_int_equal(answer_all_again(&fixture, left), 0);
    }
}

/* Requests on their way to the threads that answer them. */
struct line {
    struct requests_fixture *fixture;
    pthread_mutex_t lock;
    uint64_t uniques[8];
    size_t count;
    bool over;
};

static void *answer_line(void *argument)
{
    struct line *line = argument;
    for (bool over = false; !over;) {
        pthread_mutex_lock(&line->lock);
        uint64_t unique = line->count > 0 ? line->uniques[--line->count] : 0;
        over = line->over && unique == 0;
        pthread_mutex_unlock(&line->lock);
        if (unique != 0)
            requests_answered(line->fixture->requests, unique);
        else
            sched_yield();
    }
    return NULL;
}

/* False: the line is full. */
static bool line_up(struct line *line, uint64_t unique)
{
    pthread_mutex_lock(&line->lock);
    bool has_place = line->count < COUNT_OF(line->uniques);
    if (has_place)
        line->uniques[line->count++] = unique;
    pthread_mutex_unlock(&line->lock);
    return has_place;
}

TEST(three_threads_answer_what_one_reads_and_nothing_is_left)
{
    enum { ROUNDS = 3000, THREADS = 3 };
    CLEANUP(requests_fixture_done) struct requests_fixture fixture = new_requests_fixture();
    struct line line = {.fixture = &fixture, .lock = PTHREAD_MUTEX_INITIALIZER};
    uint64_t left[SLOTS_COUNT];
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, answer_line, &line), 0);
    for (uint64_t i = 1; i <= ROUNDS; i++) {
        const struct incoming request = read_request(&fixture, FUSE_WRITE, 2 * i, i % 3 == 0 ? LARGE : SMALL);
        while (!line_up(&line, 2 * i))
            sched_yield();
        assert_int_equal(((unsigned char *)request.bytes)[request.length - 1], 2 * i & 0xff);
        requests_end(fixture.requests);
    }
    pthread_mutex_lock(&line.lock);
    line.over = true;
    pthread_mutex_unlock(&line.lock);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    take_over_requests(&fixture, 1);
    assert_int_equal(answer_all_again(&fixture, left), 0);
}

TEST(there_is_always_a_slot_to_read_into)
{
    CLEANUP(requests_fixture_done) struct requests_fixture fixture = new_requests_fixture();
    uint64_t left[SLOTS_COUNT];
    for (uint64_t unique = 2; unique <= 100; unique += 2)
        read_and_defer(&fixture, unique, LARGE);
    read_request(&fixture, FUSE_WRITE, 102, LARGE);
    take_over_requests(&fixture, 1);
    assert_int_equal(answer_all_again(&fixture, left), SLOTS_BIG - 1);
    assert_int_equal(left[0], 2);
}

TEST(a_request_too_many_cannot_wait)
{
    CLEANUP(requests_fixture_done) struct requests_fixture fixture = new_requests_fixture();
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
    CLEANUP(requests_fixture_done) struct requests_fixture fixture = new_requests_fixture();
    uint64_t left[SLOTS_COUNT];
    for (size_t i = 0; i < sizeof(opcodes) / sizeof(opcodes[0]); i++) {
        read_request(&fixture, opcodes[i], 2 * i + 3, SMALL);
        requests_end(fixture.requests);
    }
    take_over_requests(&fixture, 1);
    assert_int_equal(answer_all_again(&fixture, left), 0);
}

TEST(a_signal_is_known_to_the_next_worker)
{
    CLEANUP(requests_fixture_done) struct requests_fixture fixture = new_requests_fixture();
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
    take_over_requests(&fixture, 1);
    assert_true(requests_again(fixture.requests, &request));
    assert_false(request.interrupted);
    requests_end(fixture.requests);
    assert_true(requests_again(fixture.requests, &request));
    assert_true(request.interrupted);
}

TEST(a_poll_and_the_number_of_one_that_comes_again_are_decoded)
{
    CLEANUP(requests_fixture_done) struct requests_fixture fixture = new_requests_fixture();
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

/* ---- ends at any instant ---- */

TEST(a_slot_that_a_worker_was_wiping_when_it_ended_is_wiped)
{
    CLEANUP(requests_fixture_done) struct requests_fixture fixture = new_requests_fixture();
    uint64_t left[SLOTS_COUNT];
    read_and_defer(&fixture, 0xa6, LARGE);
    for (size_t i = 0; i < SLOTS_COUNT; i++)
        slots_at(fixture.memory, i)->request.unique = 0;
    take_over_requests(&fixture, 1);
    assert_int_equal(answer_all_again(&fixture, left), 0);
    assert_int_equal(count_bytes(&fixture, 0xa6), 0);
}

TEST(a_request_that_was_being_moved_comes_again_once)
{
    CLEANUP(requests_fixture_done) struct requests_fixture fixture = new_requests_fixture();
    uint64_t left[SLOTS_COUNT];
    read_request(&fixture, FUSE_READ, 0xa6, SMALL);
    slots_copy(slots_at(fixture.memory, SLOTS_BIG), slots_at(fixture.memory, 0), SMALL);
    take_over_requests(&fixture, 1);
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

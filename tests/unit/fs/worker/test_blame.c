#include "fs/worker/blame.h"

#include <linux/fuse.h>

#include "fs/worker/requests.h"
#include "fs/worker/slots.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/requests_fixture.h"

/* Whether the request is known as poisonous to the worker that reads it again. */
static bool is_poisonous_again(struct requests_fixture *fixture, uint64_t unique, bool resent)
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
        CLEANUP(requests_fixture_done) struct requests_fixture fixture = new_requests_fixture();
        read_request(&fixture, FUSE_READ, 2, SMALL);
        slots_head(fixture.memory)->killed = 1;
        take_over_requests(&fixture, 1);
        assert_false(is_poisonous_again(&fixture, 2, resent));
        take_over_requests(&fixture, 2);
        assert_true(is_poisonous_again(&fixture, 2, resent));
    }
}

TEST(a_request_that_merely_waited_is_not)
{
    for (int resent = 0; resent < 2; resent++) {
        CLEANUP(requests_fixture_done) struct requests_fixture fixture = new_requests_fixture();
        read_and_defer(&fixture, 2, SMALL);
        for (uint32_t number = 1; number < 30; number++) {
            take_over_requests(&fixture, number);
            assert_false(is_poisonous_again(&fixture, 2, resent));
            requests_end(fixture.requests);
        }
    }
}

TEST(a_worker_that_ended_before_it_had_a_request_again_did_not_end_over_it)
{
    CLEANUP(requests_fixture_done) struct requests_fixture fixture = new_requests_fixture();
    read_request(&fixture, FUSE_READ, 2, SMALL);
    for (uint32_t number = 1; number < 30; number++)
        take_over_requests(&fixture, number);
    assert_false(is_poisonous_again(&fixture, 2, false));
}

TEST(a_document_that_is_carried_out_is_one_unless_the_workers_were_killed_from_outside)
{
    for (int killed = 0; killed < 2; killed++) {
        CLEANUP(requests_fixture_done) struct requests_fixture fixture = new_requests_fixture();
        read_and_defer(&fixture, 2, SMALL);
        for (uint32_t number = 1; number <= 2; number++) {
            requests_running(fixture.requests, 2);
            slots_head(fixture.memory)->killed = killed ? number : number - 1;
            take_over_requests(&fixture, number);
            assert_int_equal(is_poisonous_again(&fixture, 2, false), number == 2 && !killed);
            requests_end(fixture.requests);
        }
    }
}

TEST(workers_that_ended_before_they_served_change_nothing_about_who_was_killed)
{
    CLEANUP(requests_fixture_done) struct requests_fixture fixture = new_requests_fixture();
    read_and_defer(&fixture, 2, SMALL);
    for (uint32_t number = 1; number < 30; number += 3) {
        requests_running(fixture.requests, 2);
        slots_head(fixture.memory)->killed = number;
        take_over_requests(&fixture, number + 2);
        assert_false(is_poisonous_again(&fixture, 2, false));
        requests_end(fixture.requests);
    }
}

TEST(a_document_that_was_carried_out_is_not_counted_while_its_answer_waits)
{
    for (int during = 0; during < 2; during++) {
        CLEANUP(requests_fixture_done) struct requests_fixture fixture = new_requests_fixture();
        read_request(&fixture, FUSE_WRITE, 2, LARGE);
        requests_running(fixture.requests, 2);
        if (during)
            requests_running(fixture.requests, 0);
        requests_end(fixture.requests);
        if (!during)
            requests_running(fixture.requests, 0);
        for (uint32_t number = 1; number < 30; number++)
            take_over_requests(&fixture, number);
        assert_false(is_poisonous_again(&fixture, 2, false));
    }
}

TEST(a_document_that_is_carried_out_before_its_write_is_left_counts_as_well)
{
    CLEANUP(requests_fixture_done) struct requests_fixture fixture = new_requests_fixture();
    read_request(&fixture, FUSE_WRITE, 2, LARGE);
    requests_running(fixture.requests, 2);
    requests_end(fixture.requests);
    take_over_requests(&fixture, 1);
    assert_false(is_poisonous_again(&fixture, 2, false));
    take_over_requests(&fixture, 2);
    assert_true(is_poisonous_again(&fixture, 2, false));
}

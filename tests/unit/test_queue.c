#include "fs/queue.h"

#include "tests/unit/harness.h"

/* Stands for a file of import/; nobody looks into it here. */
static char file;
static struct queue queue;

static void put(bool import, size_t size)
{
    const struct job job = {.drop = import ? (struct drop *)(void *)&file : NULL, .size = size};
    queue_put(&queue, &job);
}

static void expect_next(int64_t now, bool hurry, size_t size)
{
    struct job job = {.size = 0};
    assert_true(queue_take(&queue, now, hurry, &job));
    assert_int_equal(job.size, size);
}

static void expect_none(int64_t now)
{
    struct job job;
    assert_false(queue_take(&queue, now, false, &job));
}

static void an_empty_queue_has_nothing(void **state)
{
    (void)state;
    expect_none(0);
    assert_int_equal(queue_wait(&queue, 0), -1);
    queue_changed(&queue, 0);
    assert_int_equal(queue_wait(&queue, 0), -1);
}

static void each_door_is_first_in_first_out_and_control_goes_first(void **state)
{
    (void)state;
    put(true, 1);
    put(true, 2);
    put(false, 3);
    put(false, 4);
    assert_int_equal(queue_wait(&queue, 0), 0);
    static const size_t order[] = {3, 4, 1, 2};
    for (size_t i = 0; i < COUNT_OF(order); i++)
        expect_next(0, false, order[i]);
    expect_none(0);
}

static void put_of(uid_t uid, size_t size)
{
    queue_put(&queue, &(struct job){.drop = (struct drop *)(void *)&file, .uid = uid, .size = size});
}

static void the_users_of_import_take_turns(void **state)
{
    (void)state;
    for (size_t i = 1; i <= 4; i++)
        put_of(7, i);
    expect_next(0, false, 1);
    put_of(8, 5);
    put_of(8, 6);
    put_of(9, 7);
    static const size_t order[] = {2, 5, 7, 3, 6, 4};
    for (size_t i = 0; i < COUNT_OF(order); i++)
        expect_next(0, false, order[i]);
    expect_none(0);
}

static void import_waits_for_its_pace_to_the_millisecond(void **state)
{
    (void)state;
    queue_changed(&queue, 5000);
    put(true, 1);
    assert_int_equal(queue_wait(&queue, 5000), QUEUE_PACE_MS);
    assert_int_equal(queue_wait(&queue, 5999), 1);
    expect_none(5999);
    assert_int_equal(queue_wait(&queue, 6000), 0);
    expect_next(6000, false, 1);
}

static void control_does_not_wait_for_the_pace_of_import(void **state)
{
    (void)state;
    queue_changed(&queue, 5000);
    put(true, 1);
    put(false, 2);
    assert_int_equal(queue_wait(&queue, 5000), 0);
    expect_next(5000, false, 2);
    expect_none(5000);
    assert_int_equal(queue_wait(&queue, 5000), QUEUE_PACE_MS);
}

static void in_a_hurry_the_pace_does_not_count(void **state)
{
    (void)state;
    queue_changed(&queue, 5000);
    put(true, 1);
    put(false, 2);
    expect_next(5000, true, 2);
    expect_next(5000, true, 1);
}

static void what_changes_nothing_delays_nothing(void **state)
{
    (void)state;
    put(true, 1);
    put(true, 2);
    expect_next(0, false, 1);
    expect_next(0, false, 2);
}

static void it_holds_all_that_can_be_in_flight_whichever_door_it_came_through(void **state)
{
    (void)state;
    for (size_t round = 0; round < 3; round++) {
        for (size_t i = 0; i < QUEUE_MAX; i++)
            put(round % 2 == 0, i);
        for (size_t i = 0; i < QUEUE_MAX; i++)
            expect_next(0, false, i);
        put(true, 99);
        expect_next(0, false, 99);
    }
}

static bool is_size(const struct job *job, const void *size)
{
    return job->size == *(const size_t *)size;
}

/* And the others keep their order. */
static void one_can_be_taken_out_of_any_place(void **state)
{
    (void)state;
    struct job job;
    for (size_t taken = 0; taken < QUEUE_MAX; taken++) {
        for (size_t i = 0; i < QUEUE_MAX; i++)
            put(taken % 2 == 0, i);
        assert_true(queue_remove(&queue, is_size, &taken, &job));
        assert_int_equal(job.size, taken);
        assert_false(queue_remove(&queue, is_size, &taken, &job));
        for (size_t i = 0; i < QUEUE_MAX; i++)
            if (i != taken)
                expect_next(0, false, i);
        expect_none(0);
        put(taken % 2 == 0, taken);
        expect_next(0, false, taken);
    }
}

static bool is_of_request(const struct job *job, const void *request)
{
    return job->request == request;
}

static void a_job_is_found_by_its_request(void **state)
{
    (void)state;
    static char requests[3];
    struct fuse_req *first = (struct fuse_req *)(void *)&requests[0], *second = (struct fuse_req *)(void *)&requests[1];
    queue_put(&queue, &(struct job){.request = first, .size = 1});
    queue_put(&queue, &(struct job){.request = second, .size = 2, .drop = (struct drop *)(void *)&file});
    assert_int_equal(queue_find(&queue, is_of_request, first)->size, 1);
    assert_int_equal(queue_find(&queue, is_of_request, second)->size, 2);
    assert_null(queue_find(&queue, is_of_request, &requests[2]));
    expect_next(0, false, 1);
    assert_null(queue_find(&queue, is_of_request, first));
}

static int setup(void **state)
{
    (void)state;
    queue = (struct queue){.next_import = 0};
    return 0;
}

#define A_TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(an_empty_queue_has_nothing),
        A_TEST(each_door_is_first_in_first_out_and_control_goes_first),
        A_TEST(the_users_of_import_take_turns),
        A_TEST(import_waits_for_its_pace_to_the_millisecond),
        A_TEST(control_does_not_wait_for_the_pace_of_import),
        A_TEST(in_a_hurry_the_pace_does_not_count),
        A_TEST(what_changes_nothing_delays_nothing),
        A_TEST(one_can_be_taken_out_of_any_place),
        A_TEST(a_job_is_found_by_its_request),
        A_TEST(it_holds_all_that_can_be_in_flight_whichever_door_it_came_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

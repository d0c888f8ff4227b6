#include "fs/state/queue.h"

#include "tests/unit/lib/harness.h"

/* Stands for a file of import/; nobody looks into it here. */
static char file;
static struct queue queue;

static void put(bool import, size_t size)
{
    const struct job job = {.file = import ? (struct import_file *)(void *)&file : NULL, .size = size};
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

TEST(an_empty_queue_has_nothing)
{
    expect_none(0);
    assert_int_equal(queue_wait(&queue, 0), -1);
    queue_changed(&queue, 0);
    assert_int_equal(queue_wait(&queue, 0), -1);
}

TEST(each_door_is_first_in_first_out_and_control_goes_first)
{
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
    queue_put(&queue, &(struct job){.file = (struct import_file *)(void *)&file, .uid = uid, .size = size});
}

TEST(the_users_of_import_take_turns)
{
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

TEST(import_waits_for_its_pace_to_the_millisecond)
{
    queue_changed(&queue, 5000);
    put(true, 1);
    assert_int_equal(queue_wait(&queue, 5000), QUEUE_PACE_MS);
    assert_int_equal(queue_wait(&queue, 5999), 1);
    expect_none(5999);
    assert_int_equal(queue_wait(&queue, 6000), 0);
    expect_next(6000, false, 1);
}

TEST(control_does_not_wait_for_the_pace_of_import)
{
    queue_changed(&queue, 5000);
    put(true, 1);
    put(false, 2);
    assert_int_equal(queue_wait(&queue, 5000), 0);
    expect_next(5000, false, 2);
    expect_none(5000);
    assert_int_equal(queue_wait(&queue, 5000), QUEUE_PACE_MS);
}

TEST(in_a_hurry_the_pace_does_not_count)
{
    queue_changed(&queue, 5000);
    put(true, 1);
    put(false, 2);
    expect_next(5000, true, 2);
    expect_next(5000, true, 1);
}

TEST(a_request_that_changes_nothing_delays_nothing)
{
    put(true, 1);
    put(true, 2);
    expect_next(0, false, 1);
    expect_next(0, false, 2);
}

TEST(it_holds_all_that_can_be_in_flight_whichever_door_it_came_through)
{
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
TEST(one_can_be_taken_out_of_any_place)
{
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

TEST(a_job_is_found_by_its_request)
{
    static char requests[3];
    struct fuse_req *first = (struct fuse_req *)(void *)&requests[0], *second = (struct fuse_req *)(void *)&requests[1];
    queue_put(&queue, &(struct job){.request = first, .size = 1});
    queue_put(&queue, &(struct job){.request = second, .size = 2, .file = (struct import_file *)(void *)&file});
    assert_int_equal(queue_find(&queue, is_of_request, first)->size, 1);
    assert_int_equal(queue_find(&queue, is_of_request, second)->size, 2);
    assert_null(queue_find(&queue, is_of_request, &requests[2]));
    expect_next(0, false, 1);
    assert_null(queue_find(&queue, is_of_request, first));
}

static void setup(void)
{
    queue = (struct queue){.next_import = 0};
}

EACH_TEST(setup, NULL);

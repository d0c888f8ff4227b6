#include "fs/state/writes.h"

#include <string.h>

#include "fs/state/upload.h"
#include "tests/unit/lib/harness.h"

/* A write is identified by its request, which is not looked into here. */
enum { WRITES = 20, NOW = 1000 };

static struct writes *writes;
static struct upload uploads[WRITES];
static char requests[WRITES], file;
static pid_t ending; /* the thread that is about to end */

static struct fuse_req *request(int i)
{
    return (struct fuse_req *)(void *)&requests[i];
}

static void set_up(void)
{
    struct fault f = {.reason = REASON_NONE};
    memset(uploads, 0, sizeof(uploads));
    ending = 0;
    assert_int_equal(writes_new(&writes, &f), 0);
}

static void tear_down(void)
{
    writes_freep(&writes);
}

static void submit(int i, bool import)
{
    const struct job job = {.upload = &uploads[i],
                            .request = request(i),
                            .thread = 100 + i,
                            .file = import ? (struct import_file *)(void *)&file : NULL};
    uploads[i].writer.pid = 1000 + i;
    uploads[i].frame.taken = (size_t)i + 1;
    writes_submit(writes, &job);
}

/* The importer takes this one. */
static void begin(int i)
{
    struct running running;
    assert_true(writes_begin(writes, NOW, false, &running));
    assert_ptr_equal(running.job.request, request(i));
    assert_int_equal(running.writer.pid, 1000 + i);
    assert_int_equal(running.frame.taken, i + 1);
    assert_int_equal(uploads[i].frame.taken, 0);
}

static bool is_ending(pid_t thread)
{
    return thread == ending;
}

static void end_writer(int i)
{
    ending = 100 + i;
    writes_interrupt(writes, request(i));
}

static void expect_ending(int i, enum write_stage stage)
{
    struct job job;
    enum write_stage found;
    assert_true(writes_take_ending(writes, is_ending, &job, &found));
    assert_ptr_equal(job.request, request(i));
    assert_int_equal(found, stage);
}

static void expect_no_ending(void)
{
    struct job job;
    enum write_stage stage;
    assert_false(writes_take_ending(writes, is_ending, &job, &stage));
}

static int permit(void)
{
    struct fault f = {.reason = REASON_NONE};
    int result = writes_permit(writes, &f);
    law_check(result, &f, (struct span){NULL, 0});
    return result;
}

/* ---- */

TEST(nothing_is_here_at_first)
{
    struct running running;
    assert_false(writes_begin(writes, NOW, true, &running));
    assert_int_equal(writes_wait(writes, NOW), -1);
    assert_true(writes_are_answered(writes));
    assert_false(writes_are_interrupted(writes));
    expect_no_ending();
}

TEST(a_write_runs_is_permitted_and_is_the_importers_to_answer)
{
    submit(0, false);
    assert_false(writes_are_answered(writes));
    begin(0);
    assert_false(writes_are_answered(writes));
    assert_false(writes_are_committing(writes));
    assert_int_equal(permit(), 0);
    assert_true(writes_are_committing(writes));
    assert_int_equal(writes_end(writes), WRITE_END_ANSWER);
    assert_true(writes_are_answered(writes));
    assert_false(writes_are_committing(writes));
}

TEST(one_that_waits_leaves_with_its_writer_whatever_is_before_it)
{
    for (int i = 0; i < 4; i++)
        submit(i, i >= 2);
    end_writer(3);
    assert_true(writes_are_interrupted(writes));
    expect_ending(3, WRITE_QUEUED);
    expect_no_ending();
    end_writer(0);
    expect_ending(0, WRITE_QUEUED);
    begin(1);
    assert_int_equal(writes_end(writes), WRITE_END_ANSWER);
    begin(2);
    assert_int_equal(writes_end(writes), WRITE_END_ANSWER);
    assert_true(writes_are_answered(writes));
}

TEST(a_writer_that_is_interrupted_and_lives_stays)
{
    submit(0, false);
    writes_interrupt(writes, request(0));
    writes_interrupt(writes, request(1)); /* not here */
    expect_no_ending();
    assert_true(writes_are_interrupted(writes));
    begin(0);
    expect_no_ending();
    assert_true(writes_are_interrupted(writes));
    end_writer(0);
    expect_ending(0, WRITE_JUDGING);
    assert_false(writes_are_interrupted(writes));
}

TEST(a_document_given_up_while_it_was_judged_is_not_committed)
{
    submit(0, false);
    begin(0);
    end_writer(0);
    expect_ending(0, WRITE_JUDGING);
    expect_no_ending();
    assert_true(writes_are_answered(writes));
    assert_int_equal(permit(), -1);
    assert_int_equal(writes_end(writes), WRITE_END_RECORDED);
    submit(1, false);
    begin(1);
    assert_int_equal(permit(), 0);
}

TEST(a_document_given_up_while_it_was_committed_is_recorded_by_the_importer)
{
    submit(0, false);
    begin(0);
    assert_int_equal(permit(), 0);
    end_writer(0);
    expect_ending(0, WRITE_COMMITTING);
    assert_false(writes_are_answered(writes)); /* the disk is not done */
    assert_int_equal(writes_end(writes), WRITE_END_RECORD);
}

TEST(at_the_end_all_is_given_up_but_what_is_being_committed)
{
    struct job job;
    enum write_stage stage;
    submit(0, false);
    begin(0);
    assert_int_equal(permit(), 0);
    submit(1, false);
    submit(2, true);
    for (int i = 1; i <= 2; i++) {
        assert_true(writes_take_unfinished(writes, &job, &stage));
        assert_ptr_equal(job.request, request(i));
        assert_int_equal(stage, WRITE_QUEUED);
    }
    assert_false(writes_take_unfinished(writes, &job, &stage));
    assert_int_equal(writes_end(writes), WRITE_END_ANSWER);
    submit(3, false);
    begin(3);
    assert_true(writes_take_unfinished(writes, &job, &stage));
    assert_int_equal(stage, WRITE_JUDGING);
    assert_false(writes_take_unfinished(writes, &job, &stage));
}

static void spread(int i)
{
    struct spread spread = {.generation = (uint64_t)i + 1};
    add_text(&spread.answer, "answer");
    writes_reserve(writes, &spread);
    writes_spread(writes, &spread);
}

static bool is_generation(const struct spread *spread, void *generation)
{
    return spread->generation == *(const uint64_t *)generation;
}

static void expect_spread(int i, bool answered)
{
    struct spread taken;
    uint64_t generation = (uint64_t)i + 1, none = 99;
    assert_false(writes_take_spread(writes, is_generation, &none, &taken));
    assert_true(writes_take_spread(writes, is_generation, &generation, &taken));
    assert_ptr_equal(taken.job.request, request(i));
    assert_int_equal(taken.answered, answered);
    expect_text(&taken.answer, "answer");
    buf_done(&taken.answer);
}

TEST(many_spread_at_once_while_others_run_and_leave_in_any_order)
{
    for (int i = 0; i < WRITES_SPREADING_MAX; i++) {
        submit(i, false);
        begin(i);
        assert_int_equal(permit(), 0);
        spread(i);
    }
    assert_true(writes_are_spreading(writes));
    assert_false(writes_are_answered(writes));
    for (int i = WRITES_SPREADING_MAX - 1; i >= 0; i -= 2)
        expect_spread(i, false);
    submit(16, false);
    begin(16);
    spread(16);
    expect_spread(16, false);
    for (int i = 0; i < WRITES_SPREADING_MAX; i += 2)
        expect_spread(i, false);
    assert_false(writes_are_spreading(writes));
    assert_true(writes_are_answered(writes));
}

TEST(a_document_answered_while_it_was_committed_is_published_all_the_same)
{
    submit(0, false);
    begin(0);
    assert_int_equal(permit(), 0);
    end_writer(0);
    expect_ending(0, WRITE_COMMITTING);
    spread(0);
    expect_no_ending();
    expect_spread(0, true);
}

EACH_TEST(set_up, tear_down);

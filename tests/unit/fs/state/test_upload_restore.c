/*
 * A document that is being written, or was judged, when a worker is killed.
 */
#include <string.h>

#include "fs/state/handles.h"
#include "fs/state/upload.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/outlived.h"

static struct shared *shared;
static struct handles *handles;
static struct upload *upload;
static uint64_t number;

static void restore_one(void *context, struct handle *handle)
{
    (void)context;
    (void)handle;
}

static void follow(void)
{
    struct fault f = {0};
    handles_freep(&handles);
    outlived_next(shared);
    law_expect(handles_new(shared, &handles, &f), &f, REASON_NONE);
    law_expect(handles_restore(handles, restore_one, NULL, &f), &f, REASON_NONE);
    assert_non_null(handles_find(handles, number));
    upload = handles_find(handles, number)->upload;
}

static void expect_write(uint64_t request, const char *piece, enum upload_step step, enum reason reason)
{
    struct fault f = {0};
    upload_begin_write(upload, request);
    assert_int_equal(upload_take(upload, span_of(piece), &f), step);
    law_expect(f.reason == REASON_NONE ? 0 : -1, &f, reason);
}

static void judge(enum reason reason, const char *answer)
{
    struct fault verdict = {0};
    add_text(&upload->answer, answer);
    if (reason != REASON_NONE)
        fault_set(&verdict, reason, "ssl_key", "the verdict");
    upload_judge(upload, &verdict);
}

/* A document that is not whole is refused, as ops does it, and that sticks. */
static void expect_lost_by_flush(uint64_t request, bool again)
{
    struct fault f = {0};
    law_expect(upload_begin_flush(upload, request, again, &f), &f, REASON_BUSY);
    upload_judge(upload, &f);
}

static void expect_flush(uint64_t request, bool again, pid_t closer, enum reason reason)
{
    struct fault f = {0};
    int result = upload_begin_flush(upload, request, again, &f);
    if (result == 0)
        result = upload_flush(upload, closer, &f);
    law_expect(result, &f, reason);
}

TEST(the_next_part_of_a_document_is_refused_and_that_sticks)
{
    expect_write(1, "{\"a\":", UPLOAD_TAKEN, REASON_NONE);
    follow();
    struct fault f = {0};
    upload_begin_write(upload, 2);
    assert_int_equal(upload_take(upload, span_of("1}"), &f), UPLOAD_REFUSED);
    law_expect(-1, &f, REASON_BUSY);
    assert_true(strstr(f.message, "certfs was restarted") != NULL);
    upload_judge(upload, &f);
    expect_write(3, "{}", UPLOAD_REPEATED, REASON_BUSY);
    follow();
    expect_write(4, "{}", UPLOAD_REPEATED, REASON_BUSY);
}

TEST(the_close_of_a_document_in_parts_is_refused)
{
    expect_write(1, "{\"a\":", UPLOAD_TAKEN, REASON_NONE);
    expect_write(2, "1", UPLOAD_TAKEN, REASON_NONE);
    follow();
    expect_lost_by_flush(3, false);
    expect_flush(4, false, 1, REASON_NONE); /* the close has returned it */
}

TEST(a_document_in_parts_that_is_left_is_recorded)
{
    struct fault f = {0};
    expect_write(1, "{\"a\":", UPLOAD_TAKEN, REASON_NONE);
    follow();
    assert_true(upload_was_abandoned(upload, &f));
    assert_int_equal(f.reason, REASON_BUSY);
}

TEST(the_only_part_that_comes_again_is_taken)
{
    expect_write(1, "{\"a\":", UPLOAD_TAKEN, REASON_NONE);
    follow();
    expect_write(1, "{\"a\":", UPLOAD_TAKEN, REASON_NONE);
    follow();
    expect_write(1, "{\"a\":", UPLOAD_TAKEN, REASON_NONE);
    expect_write(2, "1}", UPLOAD_SUBMIT, REASON_NONE);
    expect_text(&upload->frame.text, "{\"a\":1}");
}

TEST(the_second_part_that_comes_again_is_refused)
{
    expect_write(1, "{\"a\":", UPLOAD_TAKEN, REASON_NONE);
    expect_write(2, "1", UPLOAD_TAKEN, REASON_NONE);
    follow();
    expect_write(2, "1", UPLOAD_REFUSED, REASON_BUSY);
}

TEST(a_document_that_was_being_judged_comes_again_whole)
{
    expect_write(1, "{\"a\":1}", UPLOAD_SUBMIT, REASON_NONE);
    follow();
    assert_false(upload_is_collecting(upload));
    expect_flush(9, true, 1, REASON_NONE);
    expect_write(1, "{\"a\":1}", UPLOAD_SUBMIT, REASON_NONE);
    expect_text(&upload->frame.text, "{\"a\":1}");
    judge(REASON_NONE, "answer");
    expect_write(2, "\n", UPLOAD_TAKEN, REASON_NONE);
}

TEST(a_document_in_parts_that_was_being_judged_is_refused)
{
    expect_write(1, "{\"a\":", UPLOAD_TAKEN, REASON_NONE);
    expect_write(2, "1}", UPLOAD_SUBMIT, REASON_NONE);
    follow();
    expect_write(2, "1}", UPLOAD_REFUSED, REASON_BUSY);
}

/* Its writer was killed with the worker. */
TEST(a_document_that_was_being_judged_and_does_not_come_again_is_refused)
{
    struct fault f = {0};
    expect_write(1, "{\"a\":1}", UPLOAD_SUBMIT, REASON_NONE);
    follow();
    assert_true(upload_was_abandoned(upload, &f));
    assert_int_equal(f.reason, REASON_BUSY);
    expect_write(2, "{\"b\":2}", UPLOAD_REFUSED, REASON_BUSY);
    follow();
    expect_lost_by_flush(3, false);
}

TEST(a_write_that_comes_again_gets_the_verdict_that_it_had)
{
    expect_write(1, "{\"a\":", UPLOAD_TAKEN, REASON_NONE);
    expect_write(2, "1}", UPLOAD_SUBMIT, REASON_NONE);
    judge(REASON_NONE, "answer");
    follow();
    expect_write(2, "1}", UPLOAD_TAKEN, REASON_NONE);
    follow();
    expect_write(2, "1}", UPLOAD_TAKEN, REASON_NONE);
    expect_write(3, "\n", UPLOAD_TAKEN, REASON_NONE);
    expect_write(4, "x", UPLOAD_REPEATED, REASON_MALFORMED_JSON);
    follow();
    expect_write(4, "x", UPLOAD_REPEATED, REASON_MALFORMED_JSON);
    expect_write(5, "\n", UPLOAD_REPEATED, REASON_MALFORMED_JSON);
}

TEST(a_refusal_is_kept_with_its_field_and_its_message)
{
    expect_write(1, "{\"a\":1}", UPLOAD_SUBMIT, REASON_NONE);
    judge(REASON_KEY_MISMATCH, "answer");
    follow();
    struct fault f = {0};
    upload_begin_write(upload, 1);
    assert_int_equal(upload_take(upload, span_of("{\"a\":1}"), &f), UPLOAD_REPEATED);
    assert_int_equal(f.reason, REASON_KEY_MISMATCH);
    assert_string_equal(f.message, "the verdict");
    assert_string_equal(f.field, "ssl_key");
    expect_write(2, "\n", UPLOAD_REPEATED, REASON_KEY_MISMATCH);
}

static void expect_read(uint64_t request, size_t size, const char *piece)
{
    upload->request = request;
    struct span answer = upload_answer(upload);
    size_t count = answer.len < size ? answer.len : size;
    assert_true(span_equal((struct span){answer.data, count}, span_of(piece)));
    upload_was_read(upload, count);
}

TEST(an_answer_is_read_on_and_no_piece_is_missed)
{
    expect_write(1, "{\"a\":1}", UPLOAD_SUBMIT, REASON_NONE);
    judge(REASON_NONE, "0123456789");
    expect_read(2, 3, "012");
    follow();
    expect_read(3, 3, "345");
    follow();
    expect_read(3, 3, "345");
    follow();
    expect_read(3, 3, "345");
    expect_read(4, 9, "6789");
    expect_read(5, 9, "");
    follow();
    assert_false(upload->answer_lost);
    expect_read(6, 9, "");
}

TEST(an_answer_of_many_blocks_is_whole_and_one_that_finds_no_room_is_lost)
{
    static char long_text[3 * 4096];
    memset(long_text, 'x', sizeof(long_text) - 1);
    expect_write(1, "{\"a\":1}", UPLOAD_SUBMIT, REASON_NONE);
    judge(REASON_NONE, long_text);
    follow();
    expect_text(&upload->answer, long_text);
    struct fault f = {0};
    struct handle *other = NULL;
    law_expect(handles_open(handles, NODE_CONTROL, &other, &f), &f, REASON_NONE);
    upload = handles_add_upload(handles, other);
    handles_keep(handles, other, 7);
    number = other->number;
    for (size_t i = 0; i < 3; i++)
        add_text(&upload->answer, long_text);
    upload_judge(upload, NULL);
    follow();
    assert_true(upload->answer_lost);
    assert_int_equal(upload_answer(upload).len, 0);
}

TEST(the_blocks_of_a_closed_upload_are_free_again)
{
    static char long_text[7 * 4096];
    memset(long_text, 'x', sizeof(long_text) - 1);
    for (uint64_t i = 0; i < 3; i++) {
        struct fault f = {0};
        struct handle *other = NULL;
        law_expect(handles_open(handles, NODE_CONTROL, &other, &f), &f, REASON_NONE);
        struct upload *judged = handles_add_upload(handles, other);
        handles_keep(handles, other, 10 + i);
        add_text(&judged->answer, long_text);
        upload_judge(judged, NULL);
        assert_true(judged->answer_block != 0);
        uint64_t opened = other->number;
        follow();
        handles_close(handles, opened, 20 + i);
    }
}

TEST(the_first_close_of_the_opener_that_comes_again_is_the_first)
{
    upload->opener = 5;
    upload->meant = true;
    expect_flush(1, false, 5, REASON_NONE);
    follow();
    expect_flush(1, true, 5, REASON_NONE);
    expect_flush(2, false, 5, REASON_MALFORMED_JSON);
}

TEST(the_rest_of_a_long_write_that_comes_again_is_no_second_one)
{
    static char big[UPLOAD_FULL + 1];
    memset(big, ' ', sizeof(big) - 1);
    big[0] = 'x';
    expect_write(1, "{\"a\":1}", UPLOAD_SUBMIT, REASON_NONE);
    judge(REASON_KEY_MISMATCH, "answer");
    expect_write(2, big, UPLOAD_REPEATED, REASON_KEY_MISMATCH);
    follow();
    expect_write(2, big, UPLOAD_REPEATED, REASON_KEY_MISMATCH);
    expect_flush(3, false, 5, REASON_NONE);
    expect_write(4, "y", UPLOAD_REPEATED, REASON_KEY_MISMATCH);
    follow();
    expect_flush(5, false, 5, REASON_KEY_MISMATCH);
}

TEST(the_writer_is_kept)
{
    upload->writer = (struct writer){.via = VIA_IMPORT, .uid = 7, .gid = 8, .pid = 9, .thread = 10, .program = "tee"};
    expect_write(1, "{", UPLOAD_TAKEN, REASON_NONE);
    follow();
    assert_int_equal(upload->writer.via, VIA_IMPORT);
    assert_int_equal(upload->writer.uid, 7);
    assert_int_equal(upload->writer.pid, 9);
    assert_string_equal(upload->writer.program, "tee");
}

static void setup(void)
{
    struct fault f = {0};
    struct handle *handle = NULL;
    shared = outlived_new();
    law_expect(handles_new(shared, &handles, &f), &f, REASON_NONE);
    law_expect(handles_open(handles, NODE_CONTROL, &handle, &f), &f, REASON_NONE);
    upload = handles_add_upload(handles, handle);
    assert_non_null(upload);
    handles_keep(handles, handle, 100);
    number = handle->number;
}

static void teardown(void)
{
    handles_freep(&handles);
    shared_freep(&shared);
}

EACH_TEST(setup, teardown);

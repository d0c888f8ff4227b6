#include "fs/state/upload.h"

#include <string.h>

#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/harness.h"

static const char secret[] = "this stands for a private key";
static struct upload *upload;

static enum upload_step take(const char *piece, struct fault *f)
{
    *f = (struct fault){.reason = REASON_NONE};
    enum upload_step step = upload_take(upload, span_of(piece), f);
    bool refused = step == UPLOAD_REFUSED || step == UPLOAD_REPEATED;
    law_check(refused ? -1 : 0, f, span_of(secret));
    return step;
}

static void expect_flush(enum reason reason)
{
    struct fault f = {0};
    law_expect(upload_flush(upload, 1, &f), &f, reason);
}

/* As the importer does it. */
static void judge(enum reason reason, const char *answer)
{
    struct fault verdict = {0};
    add_text(&upload->answer, answer);
    if (reason != REASON_NONE)
        fault_set(&verdict, reason, "ssl_key", "the verdict");
    upload_judge(upload, &verdict);
}

TEST(the_write_that_completes_the_document_submits_it)
{
    struct fault f;
    assert_int_equal(take("{\"a\":", &f), UPLOAD_TAKEN);
    assert_true(upload_is_collecting(upload));
    assert_int_equal(take("1", &f), UPLOAD_TAKEN);
    assert_int_equal(take("}\n", &f), UPLOAD_SUBMIT);
    assert_false(upload_is_collecting(upload));
    expect_text(&upload->frame.text, "{\"a\":1}");
}

TEST(a_shell_flushes_before_it_writes)
{
    struct fault f;
    expect_flush(REASON_NONE);
    assert_int_equal(take("{", &f), UPLOAD_TAKEN);
    expect_flush(REASON_MALFORMED_JSON);
    assert_int_equal(take("}", &f), UPLOAD_SUBMIT);
    expect_flush(REASON_NONE);
}

TEST(a_verdict_is_repeated_by_every_write_and_by_no_flush)
{
    struct fault f;
    assert_int_equal(take("{}", &f), UPLOAD_SUBMIT);
    judge(REASON_KEY_MISMATCH, "{}\n");
    static const char *const pieces[] = {"\n", "", "{}", "x"};
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        assert_int_equal(take(pieces[i], &f), UPLOAD_REPEATED);
        assert_int_equal(f.reason, REASON_KEY_MISMATCH);
        assert_string_equal(f.message, "the verdict");
        expect_flush(REASON_NONE);
    }
}

/* The writer of a write that the kernel has cut learns nothing of the second piece's fault. */
TEST(flush_gives_the_verdict_that_no_write_returned)
{
    struct fault f;
    CLEANUP(buf_done) struct buf piece = {0};
    add_text(&piece, "{\"a\":\"");
    while (piece.len < UPLOAD_FULL)
        add_text(&piece, "0123456789abcdef");
    assert_int_equal(upload_take(upload, buf_span(&piece), &f), UPLOAD_TAKEN);
    assert_int_equal(take("\"}", &f), UPLOAD_SUBMIT);
    judge(REASON_EXPIRED, "0123456789");
    expect_flush(REASON_EXPIRED);
    expect_flush(REASON_EXPIRED);
    upload_was_read(upload, 10);
    expect_flush(REASON_NONE);
    upload->answer_read = 0;
    assert_int_equal(take("\n", &f), UPLOAD_REPEATED);
    expect_flush(REASON_NONE);
}

TEST(a_refused_write_is_a_verdict)
{
    struct fault f;
    assert_int_equal(take("{x", &f), UPLOAD_REFUSED);
    assert_int_equal(f.reason, REASON_MALFORMED_JSON);
    upload_judge(upload, &f);
    assert_int_equal(take("\n", &f), UPLOAD_REPEATED);
    assert_int_equal(f.reason, REASON_MALFORMED_JSON);
    expect_flush(REASON_NONE);
}

TEST(white_space_behind_a_good_document_is_taken)
{
    struct fault f;
    assert_int_equal(take("{}", &f), UPLOAD_SUBMIT);
    judge(REASON_NONE, "{}\n");
    assert_int_equal(take("\n \t\r", &f), UPLOAD_TAKEN);
    expect_flush(REASON_NONE);
}

TEST(anything_else_behind_it_is_refused_and_that_sticks)
{
    struct fault f;
    assert_int_equal(take("{}", &f), UPLOAD_SUBMIT);
    judge(REASON_NONE, "{}\n");
    assert_int_equal(take("\n{}", &f), UPLOAD_REPEATED);
    assert_int_equal(f.reason, REASON_MALFORMED_JSON);
    assert_int_equal(take("\n", &f), UPLOAD_REPEATED);
    expect_flush(REASON_NONE);
}

TEST(while_it_is_judged_writes_have_to_wait)
{
    struct fault f;
    assert_int_equal(take("{}", &f), UPLOAD_SUBMIT);
    assert_int_equal(take("\n", &f), UPLOAD_REPEATED);
    assert_int_equal(f.reason, REASON_BUSY);
    assert_int_equal(upload_answer(upload).len, 0);
}

TEST(the_answer_is_read_once)
{
    struct fault f;
    assert_int_equal(upload_answer(upload).len, 0);
    assert_int_equal(take("{}", &f), UPLOAD_SUBMIT);
    judge(REASON_EXPIRED, "0123456789");
    assert_true(span_equal(upload_answer(upload), span_of("0123456789")));
    upload_was_read(upload, 4);
    assert_true(span_equal(upload_answer(upload), span_of("456789")));
    upload_was_read(upload, 6);
    assert_int_equal(upload_answer(upload).len, 0);
}

TEST(only_an_unfinished_document_is_abandoned)
{
    struct fault f = {0}, none = {0};
    assert_false(upload_was_abandoned(upload, &none));
    assert_int_equal(take(" \n", &f), UPLOAD_TAKEN);
    assert_true(upload_was_abandoned(upload, &f));
    fault_clear(&f);
    assert_int_equal(take("{", &f), UPLOAD_TAKEN);
    assert_true(upload_was_abandoned(upload, &f));
    law_expect(-1, &f, REASON_MALFORMED_JSON);
    assert_int_equal(take("}", &f), UPLOAD_SUBMIT);
    assert_false(upload_was_abandoned(upload, &none));
    judge(REASON_NONE, "");
    assert_false(upload_was_abandoned(upload, &none));
}

/* As a shell does it: open, dup2, close, and at the end the program's close. */
TEST(nothing_written_is_reported_to_the_opener_from_its_second_close_on)
{
    struct fault f = {0};
    upload->opener = 1;
    upload->meant = true;
    expect_flush(REASON_NONE);
    law_expect(upload_flush(upload, 2, &f), &f, REASON_NONE);
    expect_flush(REASON_MALFORMED_JSON);
    assert_true(upload_was_abandoned(upload, &f));
    assert_string_equal(f.message, "the document is empty; one request is expected, a JSON document");
    assert_int_equal(take("{}", &f), UPLOAD_SUBMIT);
    judge(REASON_NONE, "{}\n");
    expect_flush(REASON_NONE);
}

TEST(an_opener_that_did_not_mean_to_write_gets_no_error)
{
    struct fault none = {0};
    for (pid_t opener = 0; opener < 2; opener++) {
        upload->opener = opener;
        for (int i = 0; i < 3; i++)
            expect_flush(REASON_NONE);
        assert_false(upload_was_abandoned(upload, &none));
    }
}

TEST(white_space_alone_is_refused_at_each_close_and_may_still_go_on)
{
    struct fault f;
    assert_int_equal(take("\n", &f), UPLOAD_TAKEN);
    expect_flush(REASON_MALFORMED_JSON);
    assert_int_equal(take("{}", &f), UPLOAD_SUBMIT);
    judge(REASON_NONE, "{}\n");
    expect_flush(REASON_NONE);
}

TEST(the_document_is_wiped_by_the_verdict)
{
    struct fault f;
    alloc_watch(span_of(secret));
    assert_int_equal(take("{\"ssl_key\":\"this stands for a private key\"}", &f), UPLOAD_SUBMIT);
    judge(REASON_NONE, "");
    assert_null(upload->frame.text.data);
    assert_int_equal(alloc_watch((struct span){NULL, 0}), 0);
}

static void setup(void)
{
    upload = upload_new();
    assert_false(upload == NULL);
}

static void teardown(void)
{
    upload_free(upload);
    upload_free(NULL);
}

EACH_TEST(setup, teardown);

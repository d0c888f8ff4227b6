#include "core/json/frame.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/frame_pieces.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/mutate.h"

static const char sample[] = " \n{\"ssl_ca\":\"-----BEGIN\nX\\nY\",\"b\":[1,{\"c\":\"\\u00e9\"}]}\n";
TEST(one_piece_can_be_a_whole_document)
{
    frame_pieces_expect((const char *const[]){"{\"a\":1}", NULL}, "{\"a\":1}");
}

TEST(white_space_around_the_object_is_not_kept)
{
    frame_pieces_expect((const char *const[]){" \r\n\t{\"a\": 1 }\n\n \t\r", NULL}, "{\"a\": 1 }");
    frame_pieces_expect((const char *const[]){" \n", "\t", "{", " }", NULL}, "{ }");
}

TEST(single_quotes_around_the_object_are_not_kept)
{
    frame_pieces_expect((const char *const[]){"'{\"a\":\"it's\"}'", NULL}, "{\"a\":\"it's\"}");
    frame_pieces_expect((const char *const[]){"\n ' \n{}\n ' \n", NULL}, "{}");
    frame_pieces_expect((const char *const[]){"'", "{", "}", "'", NULL}, "{}");
}

static const struct {
    const char *text;
    size_t len;
    const char *sentence;
} beginnings[] = {
    {"\xFF\xFE{\0", 4, "UTF-16; save it as UTF-8"},
    {"\xFE\xFF\0{", 4, "UTF-16; save it as UTF-8"},
    {"{\0\"\0", 4, "UTF-16; save it as UTF-8"},
    {"\0{\0\"", 4, "UTF-16; save it as UTF-8"},
    {"\"{\\\"a\\\":1}\"", 12, "JSON in a JSON string; decode it once"},
    {"  \"{}\"\n", 7, "JSON in a JSON string; decode it once"},
    {"\"{\\n\\\"ssl_ca\\\":\\\"x\\\"}\"", 22, "JSON in a JSON string; decode it once"},
    {"\"ssl_ca\":\"x\"", 12, "or a { is missing in front"},
    {"{\\\"ssl_ca\\\":", 12, "not escaped ones: leave out the backslashes"},
    {"c\0a\0l\0l\0", 8, "UTF-16; save it as UTF-8"},
    {"\0c\0a\0l\0l", 8, "UTF-16; save it as UTF-8"},
    {"'\0{\0", 4, "UTF-16; save it as UTF-8"},
    {"{\0\0\0", 4, "UTF-16; save it as UTF-8"},
    {"\xEF\xBB\xBF{", 4, "begins with a byte-order mark; save it as UTF-8 without one"},
    {"<html>", 6, "this is a web page or XML"},
    {"/etc/certfs/set.json", 20, "is this a file's name"},
    {"// the set", 10, "or a comment? JSON has none"},
    {"# the set", 9, "is this a comment? JSON has none"},
    {"@set.json", 9, "is this a file's name"},
    {"$SET", 4, "is this a variable that nothing has filled in?"},
    {"ssl_ca: |", 9, "is this YAML, an option file or SQL?"},
    {"ssl-ca=/etc/ca.pem", 18, "is this YAML, an option file or SQL?"},
    {"\x1F\x8B\x08", 3, "is this gzip?"},
    {"[{}]", 4, "this is a list"},
    {"-----BEGIN", 10, "this is bare PEM text"},
    {"eyJzc2xf", 8, "is this base64?"},
    {"{\"a\": -----BEGIN", 16, "text stands in double quotes"},
    {"{\"a\": $(cat", 12, "text stands in double quotes"},
};

TEST(another_encoding_is_named_in_the_message)
{
    for (size_t i = 0; i < COUNT_OF(beginnings); i++) {
        struct frame frame = {0};
        struct fault f = {0};
        struct span text = {(const unsigned char *)beginnings[i].text, beginnings[i].len};
        law_expect(frame_take(&frame, text, &f), &f, REASON_MALFORMED_JSON);
        if (strstr(f.message, beginnings[i].sentence) == NULL)
            fail_msg("%zu: %s", i, f.message);
        frame_done(&frame);
    }
}

TEST(later_white_space_changes_nothing)
{
    frame_pieces_expect((const char *const[]){"{}", "\n", " ", "", NULL}, "{}");
    frame_pieces_expect((const char *const[]){"'{}'", "\n", NULL}, "{}");
}

TEST(a_quoted_document_is_complete_at_its_closing_quote)
{
    struct frame frame = {0};
    struct fault f = {0};
    assert_int_equal(frame_pieces_take(&frame, "'{} \n", &f), 0);
    assert_false(frame.complete);
    assert_true(frame_is_unfinished(&frame));
    assert_int_equal(frame_pieces_take(&frame, "'", &f), 0);
    assert_true(frame.complete);
    frame_done(&frame);
}

TEST(bytes_after_it_in_the_same_piece_refuse_the_document)
{
    static const char *const pieces[] = {"{}x", "{}{}", "{} 'x", "'{}'x", "'{}''", "{}'", "{},", "'{}x'", "{}\f"};
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        struct frame frame = {0};
        struct fault f = {0};
        law_expect(frame_pieces_take(&frame, pieces[i], &f), &f, REASON_MALFORMED_JSON);
        frame_done(&frame);
    }
}

TEST(bytes_after_it_in_a_later_piece_refuse_that_piece)
{
    struct frame frame = {0};
    struct fault f = {0};
    assert_int_equal(frame_pieces_take(&frame, "{\"a\":1}", &f), 0);
    law_expect(frame_pieces_take(&frame, "\n{}", &f), &f, REASON_MALFORMED_JSON);
    assert_true(frame.complete);
    expect_text(&frame.text, "{\"a\":1}");
    frame_done(&frame);
}

TEST(anything_but_an_object_is_refused_at_its_first_byte)
{
    static const char *const pieces[] = {"x", "[", "\"", "''", "'x", "\xEF\xBB\xBF{}", "-----BEGIN", "{x", "{\"a\":x"};
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        struct frame frame = {0};
        struct fault f = {0};
        law_expect(frame_pieces_take(&frame, pieces[i], &f), &f, REASON_MALFORMED_JSON);
        frame_done(&frame);
    }
}

TEST(white_space_is_an_unfinished_document_and_no_bytes_are_not)
{
    struct frame frame = {0};
    struct fault f = {0};
    assert_false(frame_is_unfinished(&frame));
    assert_int_equal(frame_pieces_take(&frame, "", &f), 0);
    assert_false(frame_is_unfinished(&frame));
    assert_int_equal(frame_pieces_take(&frame, " \r\n\t", &f), 0);
    assert_true(frame_is_unfinished(&frame));
    assert_false(frame.complete);
    assert_int_equal(frame_pieces_take(&frame, "{", &f), 0);
    assert_true(frame_is_unfinished(&frame));
    frame_done(&frame);
}

TEST(an_unfinished_document_is_refused_with_its_place)
{
    struct frame frame = {0};
    struct fault f = {0};
    assert_int_equal(frame_pieces_take(&frame, "{\"a\":\n  \"b", &f), 0);
    law_expect(frame_refuse_unfinished(&frame, &f), &f, REASON_MALFORMED_JSON);
    assert_non_null(strstr(f.message, "too early, inside the text that began at line 2, column 3"));
    frame_done(&frame);
    fault_clear(&f);
    assert_int_equal(frame_pieces_take(&frame, "\n {\"a\": \"b\"\n", &f), 0);
    law_expect(frame_refuse_unfinished(&frame, &f), &f, REASON_MALFORMED_JSON);
    assert_non_null(strstr(f.message, "too early: } is missing, of the object that began at line 2, column 2"));
    frame_done(&frame);
    fault_clear(&f);
    assert_int_equal(frame_pieces_take(&frame, "{\"Accept\": [\"b\"", &f), 0);
    law_expect(frame_refuse_unfinished(&frame, &f), &f, REASON_MALFORMED_JSON);
    assert_non_null(strstr(f.message, "too early: ] is missing"));
    frame_done(&frame);
    fault_clear(&f);
    assert_int_equal(frame_pieces_take(&frame, "'{}", &f), 0);
    law_expect(frame_refuse_unfinished(&frame, &f), &f, REASON_MALFORMED_JSON);
    assert_non_null(strstr(f.message, "single quote"));
    frame_done(&frame);
}

/* A document of exactly `size` bytes, in pieces of `step`. */
static int take_size(struct frame *frame, size_t size, size_t step, struct fault *f)
{
    char *text = malloc(size);
    assert_non_null(text);
    memset(text, 'x', size);
    memcpy(text, "{\"a\":\"", 6);
    memcpy(text + size - 2, "\"}", 2);
    int result = 0;
    for (size_t at = 0; at < size && result == 0; at += step) {
        size_t len = size - at < step ? size - at : step;
        result = frame_take(frame, (struct span){(unsigned char *)text + at, len}, f);
    }
    free(text);
    law_check(result, f, span_of("xxxxxxxx"));
    return result;
}

TEST(a_mebibyte_is_accepted_and_one_byte_more_is_not)
{
    static const size_t steps[] = {(size_t)2 * FRAME_DOCUMENT_MAX, 131072, 4097};
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        struct frame frame = {0};
        struct fault f = {0};
        assert_int_equal(take_size(&frame, FRAME_DOCUMENT_MAX, steps[i], &f), 0);
        assert_true(frame.complete);
        assert_int_equal(frame.text.len, FRAME_DOCUMENT_MAX);
        frame_done(&frame);
        law_expect(take_size(&frame, FRAME_DOCUMENT_MAX + 1, steps[i], &f), &f, REASON_TOO_LARGE);
        assert_false(frame.complete);
        frame_done(&frame);
    }
}

/* Returns the reason of the text's fault, or REASON_NONE and whether it is `complete`. */
static enum reason verdict(struct span text, size_t step, bool *ret_complete, struct buf *ret_text)
{
    struct frame frame = {0};
    struct fault f = {0};
    int result = 0;
    for (size_t at = 0; at < text.len && result == 0; at += step) {
        size_t len = text.len - at < step ? text.len - at : step;
        result = frame_take(&frame, (struct span){text.data + at, len}, &f);
        law_check(result, &f, span_of(frame_pieces_secret));
    }
    *ret_complete = frame.complete;
    if (result == 0)
        buf_move(ret_text, &frame.text);
    frame_done(&frame);
    return f.reason;
}

static void take_mutant(struct span mutant, void *context)
{
    (void)context;
    for (size_t step = 1; step <= 7; step += 2) {
        struct buf whole = {0}, pieces = {0};
        bool whole_complete, pieces_complete;
        enum reason reason = verdict(mutant, mutant.len + 1, &whole_complete, &whole);
        assert_int_equal(verdict(mutant, step, &pieces_complete, &pieces), reason);
        if (reason == REASON_NONE) {
            assert_int_equal(whole_complete, pieces_complete);
            assert_true(!whole_complete || span_equal(buf_span(&whole), buf_span(&pieces)));
        }
        buf_done(&whole);
        buf_done(&pieces);
    }
}

TEST(pieces_of_any_size_give_the_same_verdict_for_every_mutant)
{
    mutate_each(span_of(sample), 1, take_mutant, NULL);
    mutate_each(span_of("'{\"a\":\"b'c\\\"\"} ' \n"), 1, take_mutant, NULL);
}

static void attempt(void *context)
{
    (void)context;
    struct frame frame = {0};
    struct fault f = {0};
    int result = frame_take(&frame, span_of(sample), &f);
    law_check(result, &f, span_of(frame_pieces_secret));
    if (result != 0)
        assert_int_equal(f.reason, REASON_NO_MEMORY);
    frame_done(&frame);
}

TEST(a_failed_allocation_is_a_fault)
{
    assert_true(alloc_fail_each(attempt, NULL) > 0);
}

TEST(no_copy_of_the_payload_is_left_behind)
{
    struct frame frame = {0};
    struct fault f = {0};
    alloc_watch(span_of(frame_pieces_secret));
    assert_int_equal(frame_pieces_take(&frame, "{\"ssl_key\":\"", &f), 0);
    for (int i = 0; i < 2000; i++)
        assert_int_equal(frame_pieces_take(&frame, frame_pieces_secret, &f), 0);
    frame_done(&frame);
    assert_int_equal(alloc_watch((struct span){NULL, 0}), 0);
    assert_null(frame.text.data);
}

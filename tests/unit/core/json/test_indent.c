/*
 * JSON for reading: the same document, one member per line.
 */
#include "core/json/indent.h"

#include <string.h>

#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/harness.h"

static void expect_layout(const char *compact, const char *expected)
{
    CLEANUP(buf_done) struct buf text = {0};
    struct fault f = {0};
    law_expect(indent_json(span_of(compact), &text, &f), &f, REASON_NONE);
    if (!span_equal(buf_span(&text), span_of(expected)))
        fail_msg("%.*s", (int)text.len, (const char *)text.data);
}

TEST(each_member_and_element_has_its_own_line)
{
    expect_layout("{\"a\":1,\"b\":{\"c\":[1,\"x\"]},\"d\":null}",
                  "{\n  \"a\": 1,\n  \"b\": {\n    \"c\": [\n      1,\n      \"x\"\n    ]\n  },\n  \"d\": null\n}");
    expect_layout("[{\"a\":1},{\"b\":2}]", "[\n  {\n    \"a\": 1\n  },\n  {\n    \"b\": 2\n  }\n]");
    expect_layout("7", "7");
}

TEST(empty_objects_and_lists_stay_on_one_line)
{
    expect_layout("{}", "{}");
    expect_layout("{\"a\":[],\"b\":{}}", "{\n  \"a\": [],\n  \"b\": {}\n}");
    expect_layout("[[]]", "[\n  []\n]");
}

TEST(nothing_within_a_string_is_touched)
{
    expect_layout("{\"a,b:{}\":\"[x],{y}:\\\"z\\\\\"}", "{\n  \"a,b:{}\": \"[x],{y}:\\\"z\\\\\"\n}");
}

/* Callers pass valid documents only, but a truncated one must not be read beyond its end. */
TEST(a_truncated_document_is_not_read_beyond_its_end)
{
    static const char whole[] = "{\"a\":[1,{\"b\\\\\":\"c\\\"\"}],\"d\":{}}";
    for (size_t length = 0; length < sizeof(whole); length++) {
        CLEANUP(buf_done) struct buf piece = {0}, text = {0};
        struct fault f = {0};
        law_expect(buf_append(&piece, (struct span){(const unsigned char *)whole, length}, &f), &f, REASON_NONE);
        law_expect(indent_json(buf_span(&piece), &text, &f), &f, REASON_NONE);
    }
}

static void attempt(void *unused)
{
    (void)unused;
    CLEANUP(buf_done) struct buf text = {0};
    struct fault f = {0};
    int result = indent_json(span_of("{\"a\":[1,2],\"b\":{}}"), &text, &f);
    law_check(result, &f, (struct span){NULL, 0});
}

TEST(a_failed_allocation_is_reported)
{
    assert_true(alloc_fail_each(attempt, NULL) > 0);
}

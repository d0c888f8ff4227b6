#include "core/json/grammar.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/mutate.h"

/* Feeds the text byte by byte until one is refused; returns the last result. */
static int take_all(struct grammar *g, struct span text, struct fault *f)
{
    for (size_t i = 0; i < text.len; i++)
        if (grammar_take(g, text.data[i], f) != 0)
            return -1;
    return 0;
}

static bool is_object(struct span text)
{
    struct grammar g = {0};
    struct fault f = {0};
    int result = take_all(&g, text, &f);
    law_check(result, &f, (struct span){NULL, 0});
    return result == 0 && grammar_is_complete(&g);
}

static const char *const valid[] = {
    "{}",
    " \t\r\n{ } \n\n",
    "{\"a\":\"b\"}",
    "{\"a\" : [ ] , \"b\":{ } , \"c\" : [1 , 2]}",
    "{\"a\":[true,false,null]}",
    "{\"a\":[0,-0,1,-1,10,0.5,-0.25,1e5,1E+5,1e-5,0e0,12.34e56,100]}",
    "{\"\":\"\"}",
    "{\"a\":\"\\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u0041 \\u00e9 \\uABCD \\u0001\"}",
    "{\"a\":\"\\ud83d\\ude00 \\uDBFF\\uDFFF\"}",
    "{\"a\":\"raw \n line \r breaks \t and tabs\"}",
    "{\"a\":\"\x7f \xC2\x80 \xDF\xBF \xE0\xA0\x80 \xED\x9F\xBF\"}",
    "{\"a\":\"\xEE\x80\x80 \xEF\xBF\xBF \xF0\x90\x80\x80 \xF4\x8F\xBF\xBF\"}",
    "{\"a\":{\"a\":{\"a\":[[[{\"a\":1}]]]}}}",
    "{\"a\":1,\"a\":2}",
};

static const char *const invalid[] = {
    "[]",
    "\"a\"",
    "1",
    "null",
    "x",
    "\xEF\xBB\xBF{}",
    "{}x",
    "{}{}",
    "{},",
    "{a:1}",
    "{'a':1}",
    "{\"a\"}",
    "{\"a\"1}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{,}",
    "{\"a\":1 \"b\":2}",
    "{\"a\":[1,]}",
    "{\"a\":[,1]}",
    "{\"a\":[1 2]}",
    "{\"a\":[1}",
    "{\"a\":{\"b\":1]}",
    "{\"a\":tru}",
    "{\"a\":True}",
    "{\"a\":nulll}",
    "{\"a\":NaN}",
    "{\"a\":Infinity}",
    "{\"a\":+1}",
    "{\"a\":-}",
    "{\"a\":-x}",
    "{\"a\":01}",
    "{\"a\":-01}",
    "{\"a\":00}",
    "{\"a\":.5}",
    "{\"a\":1.}",
    "{\"a\":1.e1}",
    "{\"a\":1e}",
    "{\"a\":1e+}",
    "{\"a\":1e5.5}",
    "{\"a\":1.2.3}",
    "{\"a\":0x10}",
    "{\"a\":1 1}",
    "{\"a\":\"\\x41\"}",
    "{\"a\":\"\\'\"}",
    "{\"a\":\"\\\n\"}",
    "{\"a\":\"\\u00g0\"}",
    "{\"a\":\"\\u41\"}",
    "{\"a\":\"\\uqqqq\"}",
    "{\"a\":\"\\u0000\"}",
    "{\"a\\u0000\":1}",
    "{\"a\":\"\\ud800\"}",
    "{\"a\":\"\\ud800x\"}",
    "{\"a\":\"\\ud800\\n\"}",
    "{\"a\":\"\\ud800\\u0041\"}",
    "{\"a\":\"\\ud800\\ud800\"}",
    "{\"a\":\"\\udc00\"}",
    "{\"a\":\"\x01\"}",
    "{\"a\":\"\x0b\"}",
    "{\"a\":\"\x1f\"}",
    "{\"a\nb\":1}",
    "{\"a\tb\":1}",
    "{\"a\":\"\x80\"}",
    "{\"a\":\"\xC0\xAF\"}",
    "{\"a\":\"\xC1\xBF\"}",
    "{\"a\":\"\xC3\x28\"}",
    "{\"a\":\"\xC3\"}",
    "{\"a\":\"\xE0\x9F\xBF\"}",
    "{\"a\":\"\xED\xA0\x80\"}",
    "{\"a\":\"\xF0\x8F\xBF\xBF\"}",
    "{\"a\":\"\xF4\x90\x80\x80\"}",
    "{\"a\":\"\xF5\x80\x80\x80\"}",
    "{\"a\":\"\xFF\"}",
    "{\"a\":1\x0c}",
    "{\"a\":1 /* no */}",
    "{\"a\":1} // no",
    "\xC2\xA0{}",
};

TEST(valid_json_is_accepted)
{
    for (size_t i = 0; i < COUNT_OF(valid); i++)
        if (!is_object(span_of(valid[i])))
            fail_msg("refused: %s", valid[i]);
}

TEST(invalid_json_is_refused)
{
    for (size_t i = 0; i < COUNT_OF(invalid); i++) {
        struct grammar g = {0};
        struct fault f = {0};
        int result = take_all(&g, span_of(invalid[i]), &f);
        if (result == 0)
            fail_msg("taken: %s", invalid[i]);
        law_expect(result, &f, REASON_MALFORMED_JSON);
    }
}

TEST(a_raw_nul_is_refused_everywhere)
{
    static const char text[] = " {\"ab\":[1,true,\"c\\n\\u0041\"]} ";
    for (size_t i = 0; i < strlen(text); i++) {
        struct grammar g = {0};
        struct fault f = {0};
        assert_int_equal(take_all(&g, (struct span){(const unsigned char *)text, i}, &f), 0);
        law_expect(grammar_take(&g, 0, &f), &f, REASON_MALFORMED_JSON);
    }
}

TEST(no_beginning_of_a_document_is_complete)
{
    for (size_t i = 0; i < COUNT_OF(valid); i++) {
        size_t end = (size_t)(strrchr(valid[i], '}') - valid[i]);
        struct grammar g = {0};
        struct fault f = {0};
        for (size_t j = 0; j <= end; j++) {
            assert_false(grammar_is_complete(&g));
            assert_int_equal(grammar_take(&g, (unsigned char)valid[i][j], &f), 0);
        }
        assert_true(grammar_is_complete(&g));
    }
}

/* An object that holds `depth` - 1 arrays, one in the other. */
static bool depth_is_taken(size_t depth)
{
    CLEANUP(buf_done) struct buf text = {0};
    add_text(&text, "{\"a\":");
    for (size_t i = 1; i < depth; i++)
        add_text(&text, "[");
    for (size_t i = 1; i < depth; i++)
        add_text(&text, "]");
    add_text(&text, depth == 1 ? "1}" : "}");
    return is_object(buf_span(&text));
}

TEST(the_depth_is_bounded)
{
    for (size_t depth = 1; depth <= GRAMMAR_DEPTH_MAX; depth++)
        assert_true(depth_is_taken(depth));
    assert_false(depth_is_taken(GRAMMAR_DEPTH_MAX + 1));
}

/* In a list, in lists of lists and objects, and as members. */
TEST(the_number_of_values_is_bounded)
{
    const struct {
        const char *head, *value, *more, *tail;
    } rows[] = {
        {"{\"a\":[", "0", ",0", "]}"},
        {"{\"a\":[", "[]", ",{}", "]}"},
        {"{\"a\":[", "\"\"", ",null", "]}"},
        {"{\"a\":", "0", ",\"a\":0", "}"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool list = strchr(rows[i].head, '[') != NULL; /* a value as well */
        for (int extra = 0; extra < 2; extra++) {
            CLEANUP(buf_done) struct buf text = {0};
            add_text(&text, rows[i].head);
            add_text(&text, rows[i].value);
            for (int count = list ? 2 : 1; count < GRAMMAR_VALUES_MAX + extra; count++)
                add_text(&text, rows[i].more);
            add_text(&text, rows[i].tail);
            assert_int_equal(is_object(buf_span(&text)), extra == 0);
        }
    }
}

TEST(arrays_and_objects_are_distinguished_at_every_depth)
{
    CLEANUP(buf_done) struct buf text = {0};
    add_text(&text, "{\"a\":");
    for (size_t i = 1; i < GRAMMAR_DEPTH_MAX; i++)
        add_text(&text, i % 2 == 0 ? "{\"a\":" : "[");
    add_text(&text, "1");
    for (size_t i = GRAMMAR_DEPTH_MAX - 1; i > 0; i--)
        add_text(&text, i % 2 == 0 ? "}" : "]");
    add_text(&text, "}");
    assert_true(is_object(buf_span(&text)));
    unsigned char *last = &text.data[text.len - 2];
    *last = *last == ']' ? '}' : ']';
    assert_false(is_object(buf_span(&text)));
}

TEST(the_fault_names_line_and_column)
{
    static const struct {
        const char *text;
        const char *place;
    } rows[] = {
        {"x", "line 1, column 1: "},
        {"{\"a\":1,\n  x", "line 2, column 3: "},
        {"{\n\n\n}}", "line 4, column 2: "},
        {"{ssl_ca", "line 1, column 2: a member name in double quotes is expected, not a letter: did the shell"},
        {"{'ssl_ca'", "line 1, column 2: a member name in double quotes is expected, not single ones"},
        {"{\xE2\x80\x9Cssl", "line 1, column 2: a member name in double quotes is expected, not typographic ones"},
        {"{\"a\":1,}", "line 1, column 8: a member name in double quotes is expected: is the comma in front of the }"},
        {"{\"a\":BEGIN", "line 1, column 6: a value is expected; text stands in double quotes, not a letter"},
        {"0\x82", "line 1, column 1: a JSON object is expected: { (is this binary, DER or PKCS#12?)"},
        {"{\"a\":\"\n\n\\q", "line 3, column 2: "},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct grammar g = {0};
        struct fault f = {0};
        assert_int_equal(take_all(&g, span_of(rows[i].text), &f), -1);
        assert_memory_equal(f.message, rows[i].place, strlen(rows[i].place));
    }
}

static void take_mutant(struct span mutant, void *context)
{
    (void)context;
    struct grammar g = {0};
    struct fault f = {0};
    int result = take_all(&g, mutant, &f);
    law_check(result, &f, (struct span){NULL, 0});
    if (result != 0)
        assert_int_equal(f.reason, REASON_MALFORMED_JSON);
}

TEST(every_mutant_keeps_the_law)
{
    for (size_t i = 0; i < COUNT_OF(valid); i++)
        mutate_each(span_of(valid[i]), 1, take_mutant, NULL);
}

/* As take_all, but text in strings is taken at once where it can be. */
static int take_text_at_once(struct grammar *g, struct span bytes, struct fault *f)
{
    for (size_t i = 0; i < bytes.len; i++) {
        i += grammar_take_text(g, span_from(bytes, i));
        if (i < bytes.len && grammar_take(g, bytes.data[i], f) != 0)
            return -1;
    }
    return 0;
}

static void take_both_ways(struct span mutant, void *context)
{
    (void)context;
    struct grammar slow = {0}, fast = {0};
    struct fault slow_fault = {0}, fast_fault = {0};
    assert_int_equal(take_text_at_once(&fast, mutant, &fast_fault), take_all(&slow, mutant, &slow_fault));
    assert_string_equal(fast_fault.message, slow_fault.message);
    if (slow_fault.reason != REASON_NONE)
        return;
    assert_int_equal(fast.state, slow.state);
    assert_int_equal(fast.line, slow.line);
    assert_int_equal(fast.column, slow.column);
    assert_int_equal(fast.utf8.left, slow.utf8.left);
    assert_int_equal(fast.low_surrogate, slow.low_surrogate);
}

TEST(text_that_is_taken_at_once_has_the_same_outcome)
{
    static const char texts[] = "{\"a\":\"b \xC3\xA4 c\\n\n\td \\uD83D\\uDE00 e\\\"f\",\"g'h\":[\"i\",\"\"]}";
    for (size_t i = 0; i < COUNT_OF(valid); i++)
        mutate_each(span_of(valid[i]), 1, take_both_ways, NULL);
    mutate_each(span_of(texts), 1, take_both_ways, NULL);
}

TEST(only_plain_text_inside_a_string_is_taken_at_once)
{
    static const struct {
        const char *begin, *rest;
        size_t taken;
    } rows[] = {
        {"", "abc", 0},           {"{", "abc", 0},           {"{\"", "abc\":1}", 3},     {"{\"a\":\"", "bc\\n", 2},
        {"{\"a\":\"", "b\nc", 1}, {"{\"a\":\"\\", "nbc", 0}, {"{\"a\":\"\xC3", "bc", 0}, {"{\"a\":\"\\uD83D", "bc", 0},
        {"{\"a\":1", "23", 0},    {"{\"a\":tr", "ue", 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct grammar g = {0};
        struct fault f = {0};
        assert_int_equal(take_all(&g, span_of(rows[i].begin), &f), 0);
        assert_int_equal(grammar_take_text(&g, span_of(rows[i].rest)), rows[i].taken);
    }
}

#include "core/json/json.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/mutate.h"
#include "tests/unit/lib/parser.h"

struct members {
    struct buf name;
    struct buf value;
    struct json_texts list;
    bool flag;
};

static const struct json_member table[] = {
    {.name = "name", .kind = JSON_TEXT, .offset = offsetof(struct members, name)},
    {.name = "value", .kind = JSON_TEXT, .offset = offsetof(struct members, value)},
    {.name = "list", .kind = JSON_TEXTS, .offset = offsetof(struct members, list)},
    {.name = "flag", .kind = JSON_FLAG, .offset = offsetof(struct members, flag)},
};

static const char secret[] = "MIIEpAIBAAKCAQEAsecretsecret";
static const char sample[] =
    "{\"name\":\"MIIEpAIBAAKCAQEAsecretsecret\",\"list\":[\"a\",\"b\"],\"flag\":true,\"value\":null}";

static void members_done(struct members *m)
{
    buf_done(&m->name);
    buf_done(&m->value);
    json_texts_done(&m->list);
}

/* Parses and reads the text. */
static int read_text(struct span text, struct members *ret, struct fault *f)
{
    CLEANUP(json_freep) struct json *document = NULL;
    int result = json_parse(text, &document, f);
    if (result == 0)
        result = json_read(document, table, COUNT_OF(table), ret, f);
    law_check(result, f, span_of(secret));
    return result;
}

TEST(members_are_read_into_their_places)
{
    CLEANUP(members_done) struct members m = {0};
    struct fault f = {0};
    assert_int_equal(
        read_text(span_of("{\"flag\":true,\"list\":[\"a\",\"\",\"b\"],\"value\":\"2\",\"name\":\"x\\n\\u00e9\"}"), &m,
                  &f),
        0);
    expect_text(&m.name, "x\n\xC3\xA9");
    expect_text(&m.value, "2");
    assert_int_equal(m.list.count, 2);
    expect_text(&m.list.items[0], "a");
    expect_text(&m.list.items[1], "b");
    assert_true(m.flag);
}

TEST(null_and_the_empty_string_mean_absent)
{
    CLEANUP(members_done) struct members m = {0};
    struct fault f = {0};
    assert_int_equal(read_text(span_of("{\"name\":null,\"value\":\"\",\"list\":null,\"flag\":null}"), &m, &f), 0);
    assert_int_equal(m.list.count, 0);
    members_done(&m);
    assert_int_equal(read_text(span_of("{\"list\":[null,\"\"]}"), &m, &f), 0);
    assert_int_equal(m.name.len, 0);
    assert_int_equal(m.value.len, 0);
    assert_int_equal(m.list.count, 0);
    assert_false(m.flag);
}

static const struct {
    const char *text;
    enum reason reason;
    const char *field;
    const char *message; /* the expected message */
} refusals[] = {
    {"{\"names\":\"x\"}", REASON_UNKNOWN_FIELD, NULL, "\"name\""},
    {"{\"Name\":\"x\"}", REASON_UNKNOWN_FIELD, NULL, "\"name\""},
    {"{\"FLAG\":true}", REASON_UNKNOWN_FIELD, NULL, "\"flag\""},
    {"{\"\":1}", REASON_UNKNOWN_FIELD, NULL, "known"},
    {"{\"name\":\"x\",\"vallue\":1}", REASON_UNKNOWN_FIELD, NULL, "\"value\""},
    {"{\"name\":\"x\",\"name\":\"x\"}", REASON_DUPLICATE_FIELD, "name", "twice"},
    {"{\"name\":\"x\",\"n\\u0061me\":null}", REASON_DUPLICATE_FIELD, "name", "twice"},
    {"{\"name\":null,\"name\":\"x\"}", REASON_DUPLICATE_FIELD, "name", "twice"},
    {"{\"name\":1}", REASON_WRONG_TYPE, "name", "a number was found"},
    {"{\"name\":false}", REASON_WRONG_TYPE, "name", "true or false was found"},
    {"{\"name\":[]}", REASON_WRONG_TYPE, "name", "a list was found"},
    {"{\"name\":{}}", REASON_WRONG_TYPE, "name", "an object was found"},
    {"{\"list\":\"a\"}", REASON_WRONG_TYPE, "list", "a string was found"},
    {"{\"list\":[\"a\",1]}", REASON_WRONG_TYPE, "list", "a number was found"},
    {"{\"list\":[null,\"\",{}]}", REASON_WRONG_TYPE, "list", "an object was found"},
    {"{\"flag\":\"true\"}", REASON_WRONG_TYPE, "flag", "a string was found"},
    {"{\"flag\":1}", REASON_WRONG_TYPE, "flag", "a number was found"},
};

TEST(unknown_repeated_and_mistyped_members_are_refused)
{
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        CLEANUP(members_done) struct members m = {0};
        struct fault f = {0};
        law_expect(read_text(span_of(refusals[i].text), &m, &f), &f, refusals[i].reason);
        if (refusals[i].field != NULL)
            assert_string_equal(f.field, refusals[i].field);
        if (strstr(f.message, refusals[i].message) == NULL)
            fail_msg("%s: \"%s\" does not contain %s", refusals[i].text, f.message, refusals[i].message);
    }
}

static int read_list_of(size_t count, struct fault *f)
{
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(members_done) struct members m = {0};
    add_text(&text, "{\"list\":[\"a\"");
    for (size_t i = 1; i < count; i++)
        add_text(&text, ",\"a\"");
    add_text(&text, "]}");
    return read_text(buf_span(&text), &m, f);
}

TEST(a_list_is_bounded)
{
    struct fault f = {0};
    law_expect(read_list_of(JSON_TEXTS_MAX, &f), &f, REASON_NONE);
    law_expect(read_list_of(JSON_TEXTS_MAX + 1, &f), &f, REASON_TOO_LARGE);
}

static void take_mutant(struct span mutant, void *context)
{
    (void)context;
    CLEANUP(members_done) struct members m = {0};
    struct fault f = {0};
    (void)read_text(mutant, &m, &f);
}

TEST(every_mutant_keeps_the_law)
{
    mutate_each(span_of(sample), 1, take_mutant, NULL);
}

TEST(failed_allocations_while_reading_leak_nothing)
{
    assert_true(parser_fail_each(span_of(sample), take_mutant, NULL) > 10);
}

TEST(no_copy_of_a_value_is_left_behind)
{
    parser_expect_wiped(span_of(secret), span_of(sample), take_mutant, NULL);
}

static struct json *build(void)
{
    struct json *document = json_new();
    struct json *list = json_add_list(document, "list");
    struct json *object = json_add_object(document, "object");
    int failed = json_add_text(document, "text", "a\"\\\n\x01") | json_add_number(document, "most", UINT64_MAX) |
                 json_add_number(document, "zero", 0) | json_add_flag(document, "flag", false) |
                 json_add_null(document, "null") | json_append_text(list, "one") |
                 json_add_number(json_append_object(list), "two", 2) | json_add_flag(object, "inner", true);
    if (failed != 0)
        json_freep(&document);
    return document;
}

TEST(a_built_document_is_written_without_blanks)
{
    CLEANUP(json_freep) struct json *document = build();
    CLEANUP(buf_done) struct buf text = {0};
    struct fault f = {0};
    assert_non_null(document);
    law_expect(json_write(document, &text, &f), &f, REASON_NONE);
    expect_text(&text, "{\"list\":[\"one\",{\"two\":2}],\"object\":{\"inner\":true},\"text\":\"a\\\"\\\\\\n\\u0001\","
                       "\"most\":18446744073709551615,\"zero\":0,\"flag\":false,\"null\":null}");
}

TEST(building_on_null_fails_without_a_crash)
{
    assert_null(json_add_object(NULL, "a"));
    assert_null(json_add_list(NULL, "a"));
    assert_null(json_append_object(NULL));
    assert_int_equal(json_append_text(NULL, "a"), -1);
    assert_int_equal(json_add_text(NULL, "a", "b"), -1);
    assert_int_equal(json_add_number(NULL, "a", 1), -1);
    assert_int_equal(json_add_flag(NULL, "a", true), -1);
    assert_int_equal(json_add_null(NULL, "a"), -1);
}

static void attempt_to_write(void *context)
{
    (void)context;
    CLEANUP(json_freep) struct json *document = build();
    CLEANUP(buf_done) struct buf text = {0};
    struct fault f = {0};
    if (document == NULL)
        return;
    int result = json_write(document, &text, &f);
    law_check(result, &f, span_of(secret));
    if (result != 0)
        assert_int_equal(f.reason, REASON_NO_MEMORY);
}

TEST(failed_allocations_while_building_and_writing_leak_nothing)
{
    assert_true(alloc_fail_each(attempt_to_write, NULL) > 10);
}

ALL_TESTS(json_init, NULL);

/* json: numbers, objects within objects, and lists of objects. */
#include "core/json/json.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/mutate.h"
#include "tests/unit/lib/parser.h"

enum { ITEMS_MAX = 3 };

struct item {
    struct buf key;
    struct json_texts values;
};

struct inner {
    uint64_t number;
    bool flag;
};

struct outer {
    uint64_t number;
    struct inner inner;
    struct item items[ITEMS_MAX];
    size_t item_count;
};

static const struct json_member item_table[] = {
    {.name = "Key", .kind = JSON_TEXT, .offset = offsetof(struct item, key)},
    {.name = "Values", .kind = JSON_TEXTS, .offset = offsetof(struct item, values)},
};

static const struct json_member inner_table[] = {
    {.name = "Number", .kind = JSON_NUMBER, .offset = offsetof(struct inner, number)},
    {.name = "Flag", .kind = JSON_FLAG, .offset = offsetof(struct inner, flag)},
};

static const struct json_member table[] = {
    {.name = "Number", .kind = JSON_NUMBER, .offset = offsetof(struct outer, number)},
    {.name = "Inner",
     .kind = JSON_OBJECT,
     .offset = offsetof(struct outer, inner),
     .members = inner_table,
     .count = COUNT_OF(inner_table)},
    {.name = "Items",
     .kind = JSON_LIST,
     .offset = offsetof(struct outer, items),
     .members = item_table,
     .count = COUNT_OF(item_table),
     .item_size = sizeof(struct item),
     .item_max = ITEMS_MAX,
     .counter = offsetof(struct outer, item_count)},
};

static const char sample[] = "{\"Number\":12,\"Items\":[{\"Key\":\"a secret that is long\",\"Values\":[\"x\",\"y\"]},"
                             "{},{\"Values\":[\"\"]}],\"Inner\":{\"Flag\":true,\"Number\":9007199254740992}}";
static const char secret[] = "a secret that is long";

/* Released targets must be empty, whatever was read. */
static void release(struct outer *outer)
{
    static const struct outer empty;
    json_release(table, COUNT_OF(table), outer);
    assert_memory_equal(outer, &empty, sizeof(empty));
}

static int read_text(struct span text, struct outer *ret, struct fault *f)
{
    CLEANUP(json_freep) struct json *document = NULL;
    int result = json_parse(text, &document, f);
    if (result == 0)
        result = json_read(document, table, COUNT_OF(table), ret, f);
    law_check(result, f, span_of(secret));
    return result;
}

TEST(everything_is_read_into_its_place)
{
    struct outer outer = {0};
    struct fault f = {0};
    law_expect(read_text(span_of(sample), &outer, &f), &f, REASON_NONE);
    assert_int_equal(outer.number, 12);
    assert_int_equal(outer.inner.number, INT64_C(1) << 53);
    assert_true(outer.inner.flag);
    assert_int_equal(outer.item_count, 3);
    expect_text(&outer.items[0].key, secret);
    assert_int_equal(outer.items[0].values.count, 2);
    expect_text(&outer.items[0].values.items[1], "y");
    assert_int_equal(outer.items[1].key.len + outer.items[1].values.count, 0);
    assert_int_equal(outer.items[2].values.count, 0);
    release(&outer);
}

static const struct {
    const char *text;
    enum reason reason;
    const char *field, *message;
} refusals[] = {
    {"{\"Number\":-1}", REASON_WRONG_TYPE, "Number", "whole number"},
    {"{\"Number\":1.5}", REASON_WRONG_TYPE, "Number", "whole number"},
    {"{\"Number\":9007199254740994}", REASON_WRONG_TYPE, "Number", "whole number"},
    {"{\"Number\":1e999}", REASON_WRONG_TYPE, "Number", "whole number"},
    {"{\"Number\":\"1\"}", REASON_WRONG_TYPE, "Number", "a string was found"},
    {"{\"Number\":true}", REASON_WRONG_TYPE, "Number", "true or false was found"},
    {"{\"Inner\":[]}", REASON_WRONG_TYPE, "Inner", "a list was found"},
    {"{\"Inner\":{\"Number\":\"1\"}}", REASON_WRONG_TYPE, "Inner.Number", "a string was found"},
    {"{\"Inner\":{\"Numbers\":1}}", REASON_UNKNOWN_FIELD, "Inner", "\"Number\""},
    {"{\"Inner\":{\"Flag\":true,\"Flag\":true}}", REASON_DUPLICATE_FIELD, "Inner.Flag", "twice"},
    {"{\"Items\":{}}", REASON_WRONG_TYPE, "Items", "a list of objects"},
    {"{\"Items\":[{},\"x\"]}", REASON_WRONG_TYPE, "Items[1]", "a string was found"},
    {"{\"Items\":[null]}", REASON_WRONG_TYPE, "Items[0]", "null was found"},
    {"{\"Items\":[{},{},{\"Key\":1}]}", REASON_WRONG_TYPE, "Items[2].Key", "a number was found"},
    {"{\"Items\":[{},{\"Values\":[1]}]}", REASON_WRONG_TYPE, "Items[1].Values", "a number was found"},
    {"{\"Items\":[{},{\"key\":\"a\"}]}", REASON_UNKNOWN_FIELD, "Items[1]", "\"Key\""},
    {"{\"Items\":[{\"Key\":\"a\",\"Key\":\"a\"}]}", REASON_DUPLICATE_FIELD, "Items[0].Key", "twice"},
    {"{\"Items\":[{},{},{},{}]}", REASON_TOO_LARGE, "Items", "more than 3 objects"},
};

TEST(a_fault_names_its_path)
{
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        struct outer outer = {0};
        struct fault f = {0};
        law_expect(read_text(span_of(refusals[i].text), &outer, &f), &f, refusals[i].reason);
        assert_string_equal(f.field, refusals[i].field);
        if (strstr(f.message, refusals[i].message) == NULL)
            fail_msg("%s: \"%s\" does not contain %s", refusals[i].text, f.message, refusals[i].message);
        release(&outer);
    }
}

TEST(empty_members_are_absent)
{
    static const struct {
        const char *text;
        bool present[COUNT_OF(table)];
    } rows[] = {
        {"{}", {false, false, false}},
        {"{\"Number\":0,\"Inner\":{\"Number\":0,\"Flag\":false},\"Items\":[]}", {false, false, false}},
        {"{\"Number\":null,\"Inner\":null,\"Items\":null}", {false, false, false}},
        {"{\"Number\":\"\",\"Inner\":\"\",\"Items\":\"\"}", {false, false, false}},
        {"{\"Number\":1}", {true, false, false}},
        {"{\"Inner\":{\"Number\":1}}", {false, true, false}},
        {"{\"Inner\":{\"Flag\":true}}", {false, true, false}},
        {"{\"Items\":[{}]}", {false, false, true}},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct outer outer = {0};
        struct fault f = {0};
        law_expect(read_text(span_of(rows[i].text), &outer, &f), &f, REASON_NONE);
        for (size_t j = 0; j < COUNT_OF(table); j++)
            assert_int_equal(json_is_present(&table[j], &outer), rows[i].present[j]);
        release(&outer);
    }
}

TEST(a_document_can_be_queried_before_it_is_read)
{
    CLEANUP(json_freep) struct json *document = NULL;
    struct fault f = {0};
    static const char text[] = "{\"a\":\"x\",\"none\":null,\"empty\":\"\",\"number\":0,\"object\":{}}";
    assert_int_equal(json_parse(span_of(text), &document, &f), 0);
    assert_true(json_has(document, "a", NULL));
    assert_true(json_has(document, "a", "x"));
    assert_false(json_has(document, "a", "X"));
    assert_false(json_has(document, "A", NULL));
    assert_false(json_has(document, "none", NULL));
    assert_false(json_has(document, "empty", NULL));
    assert_false(json_has(document, "absent", NULL));
    assert_true(json_has(document, "number", NULL));
    assert_false(json_has(document, "number", "0"));
    assert_true(json_has(document, "object", NULL));
}

/* Certificates may be older than 1970 and outlive 2038. */
TEST(dates_are_whole_seconds_before_and_after_the_epoch)
{
    static const struct {
        int64_t seconds;
        const char *text;
    } rows[] = {
        {0, "{\"d\":0}"},
        {-1, "{\"d\":-1}"},
        {-2208988800, "{\"d\":-2208988800}"},
        {2147483648, "{\"d\":2147483648}"},
        {253402300799, "{\"d\":253402300799}"},
        {INT64_MIN, "{\"d\":-9223372036854775808}"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(json_freep) struct json *document = json_new();
        CLEANUP(buf_done) struct buf text = {0};
        struct fault f = {0};
        assert_int_equal(json_add_date(document, "d", rows[i].seconds), 0);
        law_expect(json_write(document, &text, &f), &f, REASON_NONE);
        expect_text(&text, rows[i].text);
    }
    assert_int_equal(json_add_date(NULL, "d", 1), -1);
}

static void take_mutant(struct span mutant, void *context)
{
    (void)context;
    struct outer outer = {0};
    struct fault f = {0};
    (void)read_text(mutant, &outer, &f);
    release(&outer);
}

TEST(every_mutant_keeps_the_law)
{
    mutate_each(span_of(sample), 1, take_mutant, NULL);
}

TEST(failed_allocations_leak_nothing)
{
    assert_true(parser_fail_each(span_of(sample), take_mutant, NULL) > 10);
}

ALL_TESTS(json_init, NULL);

#include "core/store/record_read.h"

#include <string.h>

#include "core/request/request.h"
#include "core/store/record.h"
#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/fixtures.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/mutate.h"
#include "tests/unit/lib/parser.h"

static const uint64_t number = UINT64_C(1) << 47;
static struct material *first, *second;
static struct generation *named, *root;

static struct record sample(void)
{
    return (struct record){.generation = named, .previous = second};
}

static int parse(struct span text, struct record_text *ret, struct fault *f)
{
    int result = record_parse(text, ret, f);
    struct span key = material_bytes(first, MATERIAL_KEY);
    law_check(result, f, (struct span){key.data + 30, key.len - 60});
    return result;
}

static void write_sample(const struct record *record, struct buf *ret)
{
    struct fault f = {0};
    law_expect(record_write(record, ret, &f), &f, REASON_NONE);
}

static void expect_set(const struct record_set *set, const struct material *material)
{
    assert_true(span_equal(buf_span(&set->ssl_ca), material_bytes(material, MATERIAL_CA)));
    assert_true(span_equal(buf_span(&set->ssl_cert), material_bytes(material, MATERIAL_CERT)));
    assert_true(span_equal(buf_span(&set->ssl_key), material_bytes(material, MATERIAL_KEY)));
}

TEST(a_written_record_is_read_again)
{
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(record_done) struct record_text read = {.format = 0};
    const struct record record = sample();
    struct fault f = {0};
    write_sample(&record, &text);
    law_expect(parse(buf_span(&text), &read, &f), &f, REASON_NONE);
    expect_set(&read.set, first);
    assert_true(span_has(buf_span(&text), span_of("\"KmsKeyId\":\"alias/certfs\"")));
    expect_text(&read.identifier, "Replica-1");
    assert_int_equal(read.format, RECORD_FORMAT);
    assert_int_equal(read.generation, number);
    assert_int_equal(read.committed, PKI_NOW);
    assert_int_equal(read.number, 7);
    assert_int_equal(read.created, PKI_NOW - 1);
    expect_text(&read.arn, set_arn());
    assert_true(record_has_previous(&read));
    expect_set(&read.previous, second);
}

TEST(the_root_set_has_no_name_and_may_have_no_previous)
{
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(record_done) struct record_text read = {.format = 0};
    const struct record record = {.generation = root};
    struct fault f = {0};
    write_sample(&record, &text);
    law_expect(parse(buf_span(&text), &read, &f), &f, REASON_NONE);
    assert_false(span_has(buf_span(&text), span_of("CertificateIdentifier")));
    assert_int_equal(read.identifier.len, 0);
    assert_int_equal(read.number, 0);
    assert_int_equal(read.arn.len, 0);
    assert_int_equal(read.tag_count, 0);
    assert_false(record_has_previous(&read));
}

/* So that what openssl cms -decrypt gives can be written to control on any host. */
TEST(a_record_is_a_request_that_a_frame_takes)
{
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(frame_done) struct frame frame = {.complete = false};
    CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
    const struct record record = sample();
    struct fault f = {0};
    write_sample(&record, &text);
    assert_int_equal(frame_take(&frame, buf_span(&text), &f), 0);
    assert_true(frame.complete);
    law_expect(request_parse(&frame, &request, &f), &f, REASON_NONE);
    assert_int_equal(request.action, ACTION_IMPORT_MATERIAL);
    assert_true(span_equal(buf_span(&request.set.ssl_key), material_bytes(first, MATERIAL_KEY)));
}

TEST(anything_but_a_record_is_refused)
{
    static const struct {
        const char *text;
        enum reason reason;
    } rows[] = {
        {"", REASON_MALFORMED_JSON},
        {"{\"ssl_ca\":\"a\"", REASON_MALFORMED_JSON},
        {"{\"ssl_ca\":\"a\",\"ssl_cert\":\"b\",\"ssl_key\":\"c\"}", REASON_MISSING_FIELD},
        {"{\"Action\":\"RestorePrevious\"}", REASON_UNKNOWN_FIELD},
        {"{\"ssl_ca\":\"a\",\"ssl_cert\":\"b\",\"ssl_key\":\"c\",\"Record\":{\"Format\":2}}", REASON_UNSUPPORTED},
        {"{\"ssl_ca\":\"a\",\"ssl_cert\":\"b\",\"ssl_key\":\"c\",\"Record\":{\"Format\":1,\"Colour\":1}}",
         REASON_UNKNOWN_FIELD},
        {"{\"ssl_ca\":\"a\",\"ssl_cert\":\"b\",\"ssl_key\":\"c\",\"Record\":{\"Format\":\"1\"}}", REASON_WRONG_TYPE},
        {"{\"ssl_ca\":\"a\",\"ssl_cert\":\"b\",\"ssl_key\":\"c\",\"Record\":{\"Format\":-1}}", REASON_WRONG_TYPE},
        {"{\"ssl_ca\":\"a\",\"ssl_cert\":\"b\",\"ssl_key\":\"c\",\"Record\":{\"Format\":1.5}}", REASON_WRONG_TYPE},
        {"{\"ssl_ca\":\"a\",\"ssl_cert\":\"b\",\"ssl_key\":\"c\",\"Record\":[]}", REASON_WRONG_TYPE},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(record_done) struct record_text read = {.format = 0};
        struct fault f = {0};
        int result = parse(span_of(rows[i].text), &read, &f);
        if (f.reason != rows[i].reason)
            fail_msg("%s: %s was expected, %s came", rows[i].text, reason_name(rows[i].reason), reason_name(f.reason));
        assert_int_equal(result, -1);
    }
}

static void take_mutant(struct span mutant, void *context)
{
    (void)context;
    CLEANUP(record_done) struct record_text read = {.format = 0};
    struct fault f = {0};
    if (parse(mutant, &read, &f) == 0)
        assert_int_equal(read.format, RECORD_FORMAT);
}

TEST(every_mutant_keeps_the_law)
{
    CLEANUP(buf_done) struct buf text = {0};
    const struct record record = sample();
    write_sample(&record, &text);
    mutate_each(buf_span(&text), 13, take_mutant, NULL);
}

static void attempt(void *context)
{
    const struct record *record = context;
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(record_done) struct record_text read = {.format = 0};
    struct fault f = {0};
    int result = record_write(record, &text, &f);
    law_check(result, &f, (struct span){NULL, 0});
    if (result == 0)
        (void)parse(buf_span(&text), &read, &f);
}

TEST(failed_allocations_leak_nothing)
{
    struct record record = sample();
    assert_true(alloc_fail_each(attempt, &record) > 20);
}

TEST(no_line_of_the_key_is_left_in_released_memory)
{
    struct record record = sample();
    struct span key = material_bytes(first, MATERIAL_KEY);
    for (size_t at = 40; at + 56 < key.len; at += 30) {
        expect_wiped((struct span){key.data + at, 16}, attempt, &record);
    }
}

static void setup(void)
{
    json_init();
    first = set_material_of_key(2);
    second = set_material_of_key(3);
    CLEANUP(resource_unrefp) struct resource *resource = resource_new("Replica-1", 7, set_arn(), PKI_NOW - 1);
    named = generation_new(number, PKI_NOW, first, resource, "alias/certfs");
    root = set_generation(1, "", first);
}

static void teardown(void)
{
    generation_unrefp(&named);
    generation_unrefp(&root);
    material_unrefp(&first);
    material_unrefp(&second);
}

ALL_TESTS(setup, teardown);

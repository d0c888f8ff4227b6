#include "core/request/request_wire.h"

#include <string.h>

#include "core/base/wire.h"
#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/fixtures.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/mutate.h"

#define ARN "arn:aws:dms:us-east-1:000000000000:cert:ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define FIELDS "\"ssl_ca\":\"x\",\"ssl_cert\":\"y\",\"ssl_key\":\"secret-z\""

/* Every action, and every member that stays. */
static const char *const documents[] = {
    "{" FIELDS "}",
    "{" FIELDS ",\"Accept\":[\"expired\",\"loses_files\"],\"KmsKeyId\":\"k/1\"}",
    "{" FIELDS ",\"CertificateIdentifier\":\"R-1\",\"Replace\":true,"
    "\"Tags\":[{\"Key\":\"\\u00e4 \\u00df\",\"Value\":\"v\",\"ResourceArn\":\"r\"},{\"Key\":\"b\"},{\"Key\":\"\"}]}",
    "{" FIELDS ",\"Record\":{\"Format\":1,\"Generation\":2,\"Committed\":3,\"Set\":4,\"Created\":9007199254740992,"
    "\"Arn\":\"" ARN "\",\"Previous\":{" FIELDS ",\"Accept\":[\"weak_key\"]}}}",
    "{\"CertificateIdentifier\":\"a\",\"CertificatePem\":\"secret-p\",\"CertificateArn\":\"ignored\",\"KeyLength\":1}",
    "{\"CertificateIdentifier\":\"a\",\"CertificateWallet\":\"secret-w\"}",
    "{\"CertificateIdentifier\":\"not one, \\n but whole\",\"CertificatePem\":\"p\"}",
    "{\"Action\":\"rds_remove_binlog_ssl_material\",\"CertificateIdentifier\":\"a\"}",
    "{\"Action\":\"rds_remove_binlog_ssl_material\"}",
    "{\"Action\":\"RestorePrevious\",\"Accept\":[\"loses_files\"]}",
    "{\"Action\":\"DescribeCertificates\",\"MaxRecords\":20,\"Marker\":\"7\",\"Filters\":[{\"Name\":\"certificate-id\","
    "\"Values\":[\"a\",\"b\"]},{\"Name\":\"certificate-arn\",\"Values\":[\"" ARN "\"]},{\"Name\":\"\"}]}",
    "{\"Action\":\"DeleteCertificate\",\"CertificateArn\":\"" ARN "\"}",
    "{\"Action\":\"AddTagsToResource\",\"ResourceArn\":\"" ARN "\",\"Tags\":[{\"Key\":\"a\",\"Value\":\"\"}]}",
    "{\"Action\":\"ListTagsForResource\",\"ResourceArn\":\"" ARN "\",\"ResourceArnList\":[\"a\",\"b\",\"" ARN "\"]}",
    "{\"Action\":\"RemoveTagsFromResource\",\"ResourceArn\":\"" ARN "\",\"TagKeys\":[\"a\",\"\\u0001\"]}",
};

static void must_parse(const char *text, struct request *ret)
{
    struct fault f = {0};
    law_expect(request_of(text, ret, &f), &f, REASON_NONE);
}

static void must_write(const struct request *request, struct buf *ret)
{
    struct fault f = {0};
    law_expect(request_wire_write(request, ret, &f), &f, REASON_NONE);
    assert_in_range(ret->len, 1, REQUEST_WIRE_MAX);
}

/* ---- round trips ---- */

static void expect_buf(const struct buf *a, const struct buf *b)
{
    assert_true(span_equal(buf_span(a), buf_span(b)));
}

static void expect_texts(const struct json_texts *a, const struct json_texts *b)
{
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++)
        expect_buf(&a->items[i], &b->items[i]);
}

static void expect_lists(const struct request *a, const struct request *b)
{
    assert_int_equal(a->tag_count, b->tag_count);
    for (size_t i = 0; i < a->tag_count; i++) {
        expect_buf(&a->tags[i].key, &b->tags[i].key);
        expect_buf(&a->tags[i].value, &b->tags[i].value);
    }
    assert_int_equal(a->filter_count, b->filter_count);
    for (size_t i = 0; i < a->filter_count; i++) {
        expect_buf(&a->filters[i].name, &b->filters[i].name);
        expect_texts(&a->filters[i].values, &b->filters[i].values);
    }
    expect_texts(&a->tag_keys, &b->tag_keys);
    expect_texts(&a->arns, &b->arns);
}

static void expect_same(const struct request *a, const struct request *b)
{
    assert_int_equal(a->action, b->action);
    assert_int_equal(a->set.accepted, b->set.accepted);
    assert_int_equal(a->replace, b->replace);
    expect_buf(&a->identifier, &b->identifier);
    expect_buf(&a->kms_key_id, &b->kms_key_id);
    expect_buf(&a->arn, &b->arn);
    expect_buf(&a->resource_arn, &b->resource_arn);
    assert_int_equal(a->max_records, b->max_records);
    expect_buf(&a->marker, &b->marker);
    assert_int_equal(a->record.format, b->record.format);
    assert_int_equal(a->record.generation, b->record.generation);
    assert_int_equal(a->record.committed, b->record.committed);
    assert_int_equal(a->record.set, b->record.set);
    assert_int_equal(a->record.created, b->record.created);
    expect_buf(&a->record.arn, &b->record.arn);
    expect_lists(a, b);
}

TEST(every_request_is_read_as_it_was_parsed)
{
    for (size_t i = 0; i < COUNT_OF(documents); i++) {
        CLEANUP(request_done) struct request request = {.action = ACTION_NONE}, read = {.action = ACTION_NONE};
        CLEANUP(buf_done) struct buf bytes = {0};
        struct fault f = {0};
        must_parse(documents[i], &request);
        must_write(&request, &bytes);
        law_expect(request_wire_read(buf_span(&bytes), &read, &f), &f, REASON_NONE);
        expect_same(&request, &read);
    }
}

TEST(the_sets_stay_behind)
{
    for (size_t i = 0; i < COUNT_OF(documents); i++) {
        CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
        CLEANUP(buf_done) struct buf bytes = {0};
        must_parse(documents[i], &request);
        must_write(&request, &bytes);
        assert_false(span_has(buf_span(&bytes), span_of("secret-")));
    }
}

/* ---- what no document can give ---- */

static void read_bad(const struct buf *bytes, const char *message)
{
    CLEANUP(request_done) struct request read = {.action = ACTION_NONE};
    struct fault f = {0};
    law_expect(request_wire_read(buf_span(bytes), &read, &f), &f, REASON_JUDGE_FAILED);
    assert_int_equal(read.action, ACTION_NONE);
    if (strstr(f.message, message) == NULL)
        fail_msg("\"%s\" does not contain \"%s\"", f.message, message);
}

static void no_action(struct request *r)
{
    r->action = ACTION_NONE;
}

static void action_past_the_last(struct request *r)
{
    r->action = ACTION_COUNT;
}

static void waive_what_cannot_be(struct request *r)
{
    r->set.accepted = UINT32_C(1) << REASON_KEY_MISMATCH;
}

static void waive_no_reason(struct request *r)
{
    r->set.accepted = UINT32_C(1) << 31;
}

static void waive_for_a_listing(struct request *r)
{
    r->action = ACTION_DESCRIBE_CERTIFICATES;
    r->set.accepted = UINT32_C(1) << REASON_EXPIRED;
}

static void number_too_high(struct request *r)
{
    r->record.created = (UINT64_C(1) << 53) + 1;
}

static void nul_in_a_text(struct request *r)
{
    add_bytes(&r->kms_key_id, (struct span){(const unsigned char *)"a\0b", 3});
}

static void no_utf8(struct request *r)
{
    add_text(&r->kms_key_id, "\xed\xa0\x80"); /* a surrogate */
}

static void empty_text(struct request *r)
{
    r->arns.count = 1;
}

static void member_of_another_action(struct request *r)
{
    add_text(&r->marker, "7");
}

static void replace_the_root_set(struct request *r)
{
    r->replace = true;
}

static void delete_nothing(struct request *r)
{
    r->action = ACTION_DELETE_CERTIFICATE;
}

static void tag_nothing(struct request *r)
{
    r->action = ACTION_ADD_TAGS;
    r->tag_count = 1;
    add_text(&r->tags[0].key, "a");
}

static void untag_nothing(struct request *r)
{
    r->action = ACTION_REMOVE_TAGS;
    add_text(&r->resource_arn, "a");
}

static void list_nothing(struct request *r)
{
    r->action = ACTION_LIST_TAGS;
}

static void name_nothing(struct request *r)
{
    r->action = ACTION_IMPORT_CERTIFICATE;
}

static void reserved_tag(struct request *r)
{
    add_text(&r->identifier, "a");
    r->tag_count = 1;
    add_text(&r->tags[0].key, "aws:a");
}

static void too_many_tags(struct request *r)
{
    add_text(&r->identifier, "a");
    for (; r->tag_count <= TAGS_MAX; r->tag_count++)
        add_bytes(&r->tags[r->tag_count].key, (struct span){(const unsigned char *)"abcdefghijkl" + r->tag_count, 1});
}

static const struct {
    void (*damage)(struct request *request);
    const char *message;
} damages[] = {
    {no_action, "Action is out of range"},
    {action_past_the_last, "Action is out of range"},
    {waive_what_cannot_be, "Accept names what cannot be waived"},
    {waive_no_reason, "Accept names what cannot be waived"},
    {waive_for_a_listing, "Accept is not as its action takes it"},
    {number_too_high, "Record.Created is out of range"},
    {nul_in_a_text, "KmsKeyId is not UTF-8"},
    {no_utf8, "KmsKeyId is not UTF-8"},
    {empty_text, "a text of a list is out of range"},
    {member_of_another_action, "Marker is not as its action takes it"},
    {replace_the_root_set, "Replace is not as its action takes it"},
    {delete_nothing, "CertificateArn is not as its action takes it"},
    {tag_nothing, "ResourceArn is not as its action takes it"},
    {untag_nothing, "TagKeys is not as its action takes it"},
    {list_nothing, "ResourceArn is not as its action takes it"},
    {name_nothing, "CertificateIdentifier is not as its action takes it"},
    {reserved_tag, "Tags are none that a resource can have"},
    {too_many_tags, "Tags are none that a resource can have"},
};

TEST(a_request_that_no_document_can_make_is_refused)
{
    for (size_t i = 0; i < COUNT_OF(damages); i++) {
        CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
        CLEANUP(buf_done) struct buf bytes = {0};
        must_parse(documents[0], &request);
        damages[i].damage(&request);
        must_write(&request, &bytes);
        read_bad(&bytes, damages[i].message);
    }
}

/* The last four numbers are those of empty lists. */
TEST(a_list_that_is_too_long_is_refused_before_it_is_read)
{
    static const struct {
        size_t max;
        const char *message;
    } lists[] = {
        {REQUEST_TAGS_MAX, "the number of Tags is out of range"},
        {JSON_TEXTS_MAX, "the number of TagKeys is out of range"},
        {JSON_TEXTS_MAX, "the number of ResourceArnList is out of range"},
        {REQUEST_FILTERS_MAX, "the number of Filters is out of range"},
    };
    CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
    CLEANUP(buf_done) struct buf whole = {0};
    must_parse(documents[0], &request);
    must_write(&request, &whole);
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        CLEANUP(buf_done) struct buf bytes = {0};
        add_bytes(&bytes, buf_span(&whole));
        bytes.data[bytes.len - 8 * (COUNT_OF(lists) - i) + 7] = (unsigned char)(lists[i].max + 1);
        read_bad(&bytes, lists[i].message);
        memset(bytes.data + bytes.len - 8 * (COUNT_OF(lists) - i), 0xff, 8);
        read_bad(&bytes, lists[i].message);
    }
}

/* There is one form of each request: what is read is written as it was. */
static void take_mutant(struct span mutant, void *taken)
{
    CLEANUP(request_done) struct request read = {.action = ACTION_NONE};
    CLEANUP(buf_done) struct buf again = {0};
    struct fault f = {0};
    int result = request_wire_read(mutant, &read, &f);
    law_expect(result, &f, result == 0 ? REASON_NONE : REASON_JUDGE_FAILED);
    if (result != 0)
        return;
    must_write(&read, &again);
    assert_true(span_equal(buf_span(&again), mutant));
    ++*(size_t *)taken;
}

TEST(every_mutant_is_refused_or_is_a_request)
{
    for (size_t i = 0; i < COUNT_OF(documents); i++) {
        CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
        CLEANUP(buf_done) struct buf bytes = {0};
        size_t taken = 0;
        must_parse(documents[i], &request);
        must_write(&request, &bytes);
        size_t count = mutate_each(buf_span(&bytes), 1, take_mutant, &taken);
        assert_in_range(taken, 0, count / 2);
    }
}

static void attempt(void *bytes)
{
    CLEANUP(request_done) struct request read = {.action = ACTION_NONE};
    struct fault f = {0};
    int result = request_wire_read(buf_span(bytes), &read, &f);
    law_expect(result, &f, result == 0 ? REASON_NONE : REASON_NO_MEMORY);
}

TEST(a_lack_of_memory_is_reported_as_such)
{
    static const size_t with_lists[] = {2, 10, 13, 14};
    for (size_t i = 0; i < COUNT_OF(with_lists); i++) {
        CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
        CLEANUP(buf_done) struct buf bytes = {0};
        must_parse(documents[with_lists[i]], &request);
        must_write(&request, &bytes);
        assert_true(alloc_fail_each(attempt, &bytes) > 1);
    }
}

/* ---- refusals ---- */

TEST(a_refusal_is_read_with_its_action)
{
    for (enum action action = ACTION_NONE; action < ACTION_COUNT; action++) {
        CLEANUP(buf_done) struct buf bytes = {0};
        struct fault f = {0}, fault = {.reason = REASON_MISSING_FIELD, .field = "ssl_ca", .message = "it is missing"};
        enum action read = ACTION_COUNT;
        law_expect(request_wire_write_refusal(action, &fault, &bytes, &f), &f, REASON_NONE);
        law_expect(request_wire_read_refusal(buf_span(&bytes), &read, &f), &f, REASON_MISSING_FIELD);
        assert_int_equal(read, action);
        assert_string_equal(f.field, "ssl_ca");
        assert_string_equal(f.message, "it is missing");
    }
}

static void take_refusal(struct span mutant, void *unused)
{
    enum action action = ACTION_COUNT;
    struct fault f = {0};
    (void)unused;
    law_check(request_wire_read_refusal(mutant, &action, &f), &f, (struct span){NULL, 0});
    assert_int_not_equal(f.reason, REASON_NONE);
    assert_in_range(action, ACTION_NONE, ACTION_COUNT - 1);
}

TEST(every_mutant_of_a_refusal_refuses)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    const struct fault fault = {.reason = REASON_MALFORMED_JSON, .message = "line 1"};
    struct fault f = {0};
    law_expect(request_wire_write_refusal(ACTION_REMOVE_TAGS, &fault, &bytes, &f), &f, REASON_NONE);
    (void)mutate_each(buf_span(&bytes), 1, take_refusal, NULL);
}

ALL_TESTS(start_core, NULL);

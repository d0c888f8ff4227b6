/* request: an understood request can be written again, and is then understood the same. */
#include "tests/fuzz/oracle.h"

#include <string.h>

#include "core/json/json.h"
#include "core/request/request.h"

static int add_text(struct json *document, const char *name, const struct buf *value)
{
    struct buf text = {0};
    oracle_append(&text, buf_span(value));
    oracle_append(&text, (struct span){(const unsigned char *)"", 1});
    oracle_require(strlen((const char *)text.data) == value->len, "no value holds a NUL");
    int result = json_add_text(document, name, (const char *)text.data);
    buf_done(&text);
    return result;
}

static int add_texts(struct json *document, const char *name, const struct json_texts *texts)
{
    struct json *list = json_add_list(document, name);
    int failed = 0;
    for (size_t i = 0; i < texts->count; i++) {
        struct buf text = {0};
        oracle_append(&text, buf_span(&texts->items[i]));
        oracle_append(&text, (struct span){(const unsigned char *)"", 1});
        failed |= json_append_text(list, (const char *)text.data);
        buf_done(&text);
    }
    return failed;
}

static int add_lists(struct json *document, const struct request *request)
{
    struct json *tags = json_add_list(document, "Tags"), *filters = json_add_list(document, "Filters");
    int failed = 0;
    for (size_t i = 0; i < request->tag_count; i++) {
        struct json *tag = json_append_object(tags);
        failed |= add_text(tag, "Key", &request->tags[i].key) | add_text(tag, "Value", &request->tags[i].value);
    }
    for (size_t i = 0; i < request->filter_count; i++) {
        struct json *filter = json_append_object(filters);
        failed |= add_text(filter, "Name", &request->filters[i].name) |
                  add_texts(filter, "Values", &request->filters[i].values);
    }
    return failed | add_texts(document, "TagKeys", &request->tag_keys) |
           add_texts(document, "ResourceArnList", &request->arns);
}

static int add_accept(struct json *document, const struct request_set *set)
{
    struct json *accept = json_add_list(document, "Accept");
    int failed = 0;
    for (enum reason reason = REASON_NONE; reason < REASON_COUNT; reason++)
        if (request_accepts(set, reason))
            failed |= json_append_text(accept, reason_name(reason));
    return failed;
}

enum { TEXTS = 10 };

/* The members that are one text each. */
static void list_texts(const struct request *request, const char *names[TEXTS], const struct buf *values[TEXTS])
{
    const struct {
        const char *name;
        const struct buf *value;
    } rows[TEXTS] = {
        {"ssl_ca", &request->set.ssl_ca},
        {"ssl_cert", &request->set.ssl_cert},
        {"ssl_key", &request->set.ssl_key},
        {"CertificatePem", &request->set.certificate_pem},
        {"CertificateIdentifier", &request->identifier},
        {"CertificateWallet", &request->set.wallet},
        {"KmsKeyId", &request->kms_key_id},
        {"CertificateArn", &request->arn},
        {"ResourceArn", &request->resource_arn},
        {"Marker", &request->marker},
    };
    for (size_t i = 0; i < TEXTS; i++) {
        names[i] = rows[i].name;
        values[i] = rows[i].value;
    }
}

static void write_again(const struct request *request, struct buf *ret)
{
    struct json *document = json_new();
    struct fault f = {0};
    const char *names[TEXTS];
    const struct buf *values[TEXTS];
    int failed = json_add_text(document, "Action", action_name(request->action));
    list_texts(request, names, values);
    for (size_t i = 0; i < TEXTS; i++)
        failed |= add_text(document, names[i], values[i]);
    failed |= add_accept(document, &request->set) | add_lists(document, request) |
              json_add_flag(document, "Replace", request->replace) |
              json_add_number(document, "MaxRecords", request->max_records);
    oracle_require(failed == 0 && json_write(document, ret, &f) == 0, "there is memory");
    json_freep(&document);
}

static void expect_sense(const struct request *request)
{
    const struct request_set *set = &request->set;
    bool import = request->action == ACTION_IMPORT_MATERIAL;
    oracle_require(request->action > ACTION_NONE && request->action < ACTION_COUNT, "the action is known");
    oracle_require((set->ssl_ca.len > 0) == import && (set->ssl_cert.len > 0) == import &&
                       (set->ssl_key.len > 0) == import,
                   "an import has all three members, nothing else has any");
    oracle_require((set->certificate_pem.len > 0) + (set->wallet.len > 0) ==
                       (request->action == ACTION_IMPORT_CERTIFICATE),
                   "a certificate comes in exactly one form, and nothing else has one");
    for (enum reason reason = REASON_NONE; reason < REASON_COUNT; reason++)
        oracle_require(!request_accepts(set, reason) || reason_is_waivable(reason), "only policy can be waived");
}

static void expect_same_texts(const struct json_texts *a, const struct json_texts *b)
{
    oracle_require(a->count == b->count, "written again a list is as long");
    for (size_t i = 0; i < a->count; i++)
        oracle_require(span_equal(buf_span(&a->items[i]), buf_span(&b->items[i])), "written again a list is the same");
}

static void expect_same_lists(const struct request *a, const struct request *b)
{
    oracle_require(a->tag_count == b->tag_count && a->filter_count == b->filter_count, "no object of a list is lost");
    for (size_t i = 0; i < a->tag_count; i++)
        oracle_require(span_equal(buf_span(&a->tags[i].key), buf_span(&b->tags[i].key)) &&
                           span_equal(buf_span(&a->tags[i].value), buf_span(&b->tags[i].value)),
                       "written again a tag is the same");
    for (size_t i = 0; i < a->filter_count; i++) {
        oracle_require(span_equal(buf_span(&a->filters[i].name), buf_span(&b->filters[i].name)),
                       "written again a filter is the same");
        expect_same_texts(&a->filters[i].values, &b->filters[i].values);
    }
    expect_same_texts(&a->tag_keys, &b->tag_keys);
    expect_same_texts(&a->arns, &b->arns);
}

static void expect_same(const struct request *a, const struct request *b)
{
    const char *names[TEXTS];
    const struct buf *left[TEXTS], *right[TEXTS];
    oracle_require(a->action == b->action && a->set.accepted == b->set.accepted && a->replace == b->replace &&
                       a->max_records == b->max_records,
                   "written again it asks for the same");
    list_texts(a, names, left);
    list_texts(b, names, right);
    for (size_t i = 0; i < TEXTS; i++)
        oracle_require(span_equal(buf_span(left[i]), buf_span(right[i])), "written again it holds the same");
    expect_same_lists(a, b);
}

static void say_again(const struct request *request)
{
    struct buf text = {0};
    struct frame frame = {0};
    struct request again = {.action = ACTION_NONE};
    struct fault f = {0};
    write_again(request, &text);
    oracle_require(oracle_frame(buf_span(&text), &frame), "written again it is a document");
    oracle_require(oracle_law(request_parse(&frame, &again, &f), &f), "written again it is understood");
    expect_same(request, &again);
    request_done(&again);
    frame_done(&frame);
    buf_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct frame frame = {0};
    struct request request = {.action = ACTION_NONE};
    struct fault f = {0};
    if (oracle_frame((struct span){data, size}, &frame) && oracle_law(request_parse(&frame, &request, &f), &f)) {
        expect_sense(&request);
        if (request.record.format == 0) /* records are written by another room */
            say_again(&request);
    }
    request_done(&request);
    frame_done(&frame);
    return 0;
}

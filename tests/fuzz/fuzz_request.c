/* request: what was understood can be said again, and is then understood the same. */
#include "tests/fuzz/oracle.h"

#include <string.h>

#include "core/json.h"
#include "core/request.h"

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

static void write_again(const struct request *request, struct buf *ret)
{
    struct json *document = json_new();
    struct fault f = {0};
    int failed = json_add_text(document, "Action", action_name(request->action));
    if (request->action == ACTION_IMPORT_MATERIAL) {
        struct json *accept = json_add_list(document, "Accept");
        failed |= add_text(document, "ssl_ca", &request->ssl_ca) | add_text(document, "ssl_cert", &request->ssl_cert) |
                  add_text(document, "ssl_key", &request->ssl_key) |
                  add_text(document, "KmsKeyId", &request->kms_key_id);
        for (enum reason reason = REASON_NONE; reason < REASON_COUNT; reason++)
            if (request_accepts(request, reason))
                failed |= json_append_text(accept, reason_name(reason));
    }
    oracle_require(failed == 0 && json_write(document, ret, &f) == 0, "there is memory");
    json_freep(&document);
}

static void expect_sense(const struct request *request)
{
    bool import = request->action == ACTION_IMPORT_MATERIAL;
    oracle_require(request->action > ACTION_NONE && request->action < ACTION_COUNT, "the action is known");
    oracle_require((request->ssl_ca.len > 0) == import && (request->ssl_cert.len > 0) == import &&
                       (request->ssl_key.len > 0) == import,
                   "an import has all three members, nothing else has any");
    for (enum reason reason = REASON_NONE; reason < REASON_COUNT; reason++)
        oracle_require(!request_accepts(request, reason) || reason_is_waivable(reason), "only policy can be waived");
}

static void expect_same(const struct request *a, const struct request *b)
{
    oracle_require(a->action == b->action && a->accepted == b->accepted, "said again it asks for the same");
    oracle_require(span_equal(buf_span(&a->ssl_ca), buf_span(&b->ssl_ca)) &&
                       span_equal(buf_span(&a->ssl_cert), buf_span(&b->ssl_cert)) &&
                       span_equal(buf_span(&a->ssl_key), buf_span(&b->ssl_key)) &&
                       span_equal(buf_span(&a->kms_key_id), buf_span(&b->kms_key_id)),
                   "said again it holds the same");
}

static void say_again(const struct request *request)
{
    struct buf text = {0};
    struct frame frame = {0};
    struct request again = {.action = ACTION_NONE};
    struct fault f = {0};
    write_again(request, &text);
    oracle_require(oracle_frame(buf_span(&text), &frame), "said again it is a document");
    oracle_require(oracle_law(request_parse(&frame, &again, &f), &f), "said again it is understood");
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

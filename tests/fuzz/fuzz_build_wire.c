/*
 * build_wire, request_wire: what a process that was taken over could send. It is refused, or it is a value, of which
 * there is one form. The first byte selects the reader: 0 a request, 1 a result, 2 a served set, 3 a refusal; 4 more,
 * and a set with a key is served.
 */
#include "tests/fuzz/oracle.h"

#include "core/base/wire.h"
#include "core/draft/build_wire.h"
#include "core/pem/canonical.h"
#include "core/request/request_wire.h"

static void expect_same(const struct buf *written, struct span read)
{
    oracle_require(span_equal(buf_span(written), read), "there is one form of each value");
}

static void read_request(struct span bytes)
{
    CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
    CLEANUP(buf_done) struct buf again = {0};
    struct fault f = {0};
    if (!oracle_law(request_wire_read(bytes, &request, &f), &f)) {
        oracle_require(request.action == ACTION_NONE, "what is refused has no action");
        return;
    }
    oracle_require(request.set.ssl_key.len == 0 && request.set.certificate_pem.len == 0, "no set is sent back");
    oracle_require(request_wire_write(&request, &again, &f) == 0, "a request can be written");
    expect_same(&again, bytes);
}

static void expect_files(const struct build_result *result)
{
    struct span cert = buf_span(&result->files[MATERIAL_CERT]), key = buf_span(&result->files[MATERIAL_KEY]);
    oracle_require(cert.len == 0 || canonical_count(cert, "CERTIFICATE") > 0, "a chain is certificates alone");
    oracle_require((key.len > 0 || result->keeps_key) == (cert.len > 0), "a leaf has its key");
    oracle_require(result->lifetimes.count > 0, "a set has an end");
    oracle_require(reason_are_waivable(result->findings.waived), "a waiver is one that can be");
}

static void read_result(struct span bytes, bool has_key)
{
    CLEANUP(build_result_done) struct build_result result = {.keeps_key = false};
    CLEANUP(buf_done) struct buf again = {0};
    struct build_served served = {.exists = has_key, .leaf = {[0] = has_key ? 'a' : '\0'}};
    struct fault f = {0};
    served.files = has_key ? (1U << MATERIAL_WALLET) - 1 : 0;
    if (!oracle_law(build_wire_read_result(bytes, &served, &result, &f), &f))
        return;
    oracle_require(has_key || !result.keeps_key, "a key that is kept is there");
    expect_files(&result);
    oracle_require(build_wire_write_result(&result, &again, &f) == 0, "a result can be written");
    expect_same(&again, bytes);
    lifetimes_review(&result.lifetimes, 0, result.facts.not_after, &result.findings);
}

static void read_served(struct span bytes)
{
    CLEANUP(buf_done) struct buf again = {0};
    struct build_served served = {.exists = false};
    struct fault f = {0};
    int64_t now = 0;
    if (!oracle_law(build_wire_read_served(bytes, &served, &now, &f), &f))
        return;
    oracle_require(build_wire_write_served(&served, now, &again, &f) == 0, "a served set can be written");
    expect_same(&again, bytes);
}

static void read_refusal(struct span bytes)
{
    struct fault f = {0};
    enum action action = ACTION_COUNT;
    oracle_require(!oracle_law(request_wire_read_refusal(bytes, &action, &f), &f), "a refusal refuses");
    oracle_require(action < ACTION_COUNT, "and has an action that there is");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const struct span bytes = {data + 1, size - 1};
    switch (data[0] & 3) {
    case 0:
        read_request(bytes);
        break;
    case 1:
        read_result(bytes, (data[0] & 4) != 0);
        break;
    case 2:
        read_served(bytes);
        break;
    default:
        read_refusal(bytes);
    }
    return 0;
}

#include "tests/unit/lib/wire_judging.h"

#include "core/base/wire.h"
#include "core/draft/build_wire.h"
#include "core/request/request_wire.h"
#include "tests/unit/lib/harness.h"

/* On the other side: what was parsed there, until the end. */
static struct request parsed;
static bool begun;

static int refuse_parsing(const struct fault *fault, struct request *ret, struct fault *f)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    if (request_wire_write_refusal(parsed.action, fault, &bytes, f) != 0)
        return -1;
    return request_wire_read_refusal(buf_span(&bytes), &ret->action, f);
}

static int parse(void *unused, struct frame *frame, struct request *ret, struct fault *f)
{
    CLEANUP(frame_done) struct frame there = {0};
    CLEANUP(buf_done) struct buf bytes = {0};
    struct fault fault = {0};
    (void)unused;
    assert_false(begun);
    begun = true;
    if (frame_take_whole(&there, buf_span(&frame->text), &fault) != 0 || request_parse(&there, &parsed, &fault) != 0)
        return refuse_parsing(&fault, ret, f);
    if (request_wire_write(&parsed, &bytes, f) != 0)
        return -1;
    assert_in_range(bytes.len, 1, REQUEST_WIRE_MAX);
    return request_wire_read(buf_span(&bytes), ret, f);
}

static int refuse_judging(const struct fault *fault, struct fault *f)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    return wire_write_fault(fault, &bytes, f) == 0 ? wire_read_fault(buf_span(&bytes), f) : -1;
}

static int judge_there(const struct request_set *set, struct span message, struct buf *ret, struct fault *f)
{
    CLEANUP(build_result_done) struct build_result result = {.keeps_key = false};
    struct build_served served = {.exists = false};
    int64_t now;
    if (build_wire_read_served(message, &served, &now, f) != 0 || build_judge(set, &served, now, &result, f) != 0)
        return -1;
    return build_wire_write_result(&result, ret, f);
}

int build_judge_by_wire(const struct request_set *set, const struct build_served *served, int64_t now,
                        struct build_result *ret, struct fault *f)
{
    CLEANUP(buf_done) struct buf there = {0}, back = {0};
    struct fault fault = {0};
    if (build_wire_write_served(served, now, &there, f) != 0)
        return -1;
    assert_in_range(there.len, 1, BUILD_WIRE_SERVED_MAX);
    if (judge_there(set, buf_span(&there), &back, &fault) != 0)
        return refuse_judging(&fault, f);
    return build_wire_read_result(buf_span(&back), served, ret, f);
}

int material_build_by_wire(const struct request_set *set, const struct material *served, int64_t now,
                           struct material **ret, struct fault *f)
{
    CLEANUP(build_result_done) struct build_result result = {.keeps_key = false};
    struct build_served described;
    build_describe(served, now, &described);
    return build_judge_by_wire(set, &described, now, &result, f) == 0 ? build_material(&result, served, ret, f) : -1;
}

static int judge(void *unused, const struct request *request, const struct build_served *served, int64_t now,
                 struct build_result *ret, struct fault *f)
{
    (void)unused;
    assert_true(begun);
    assert_int_equal(request->set.ssl_key.len + request->set.certificate_pem.len + request->set.wallet.len, 0);
    return build_judge_by_wire(&parsed.set, served, now, ret, f);
}

static void end(void *unused)
{
    (void)unused;
    assert_true(begun);
    begun = false;
    request_done(&parsed);
}

const struct judging judging_by_wire = {.parse = parse, .judge = judge, .end = end};

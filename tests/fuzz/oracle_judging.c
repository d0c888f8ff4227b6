#include "tests/fuzz/oracle_judging.h"

#include "core/base/wire.h"
#include "core/draft/build_wire.h"
#include "core/request/request_wire.h"
#include "tests/fuzz/oracle.h"

static struct request parsed; /* by the judge, until the end */

static int refuse(const struct fault *fault, struct request *ret, struct fault *f)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    struct fault none = {0};
    oracle_require(request_wire_write_refusal(parsed.action, fault, &bytes, &none) == 0, "a refusal can be sent");
    (void)request_wire_read_refusal(buf_span(&bytes), &ret->action, f);
    oracle_require(f->reason == fault->reason && ret->action == parsed.action, "a refusal arrives");
    return -1;
}

static int parse(void *unused, struct frame *frame, struct request *ret, struct fault *f)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    struct fault fault = {0};
    (void)unused;
    if (request_parse(frame, &parsed, &fault) != 0)
        return refuse(&fault, ret, f);
    oracle_require(request_wire_write(&parsed, &bytes, f) == 0 && bytes.len <= REQUEST_WIRE_MAX, "a request is sent");
    oracle_require(request_wire_read(buf_span(&bytes), ret, f) == 0, "a request arrives");
    return 0;
}

static int judge(void *unused, const struct request *request, const struct build_served *served, int64_t now,
                 struct build_result *ret, struct fault *f)
{
    CLEANUP(build_result_done) struct build_result result = {.keeps_key = false};
    CLEANUP(buf_done) struct buf there = {0}, back = {0};
    struct build_served described = {.exists = false};
    int64_t then = 0;
    (void)unused;
    (void)request;
    oracle_require(build_wire_write_served(served, now, &there, f) == 0 && there.len <= BUILD_WIRE_SERVED_MAX &&
                       build_wire_read_served(buf_span(&there), &described, &then, f) == 0 && then == now,
                   "what is served arrives");
    if (build_judge(&parsed.set, &described, then, &result, f) != 0)
        return -1;
    oracle_require(build_wire_write_result(&result, &back, f) == 0, "a result is sent");
    oracle_require(build_wire_read_result(buf_span(&back), served, ret, f) == 0, "a result arrives");
    return 0;
}

static void end(void *unused)
{
    (void)unused;
    request_done(&parsed);
}

const struct judging oracle_judging = {.parse = parse, .judge = judge, .end = end};

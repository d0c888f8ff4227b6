#include "fs/judge/judge.h"

#include <stdlib.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/cleanup.h"
#include "core/base/fault.h"
#include "core/base/memory.h"
#include "core/base/wire.h"
#include "core/draft/build.h"
#include "core/draft/build_wire.h"
#include "core/json/frame.h"
#include "core/request/request.h"
#include "core/request/request_wire.h"
#include "fs/host/test_attacks.h"
#include "fs/judge/confine.h"
#include "fs/judge/exchange.h"

/* For tests: an attack from inside this process (test_attacks.h). One that fails is a refusal. */
static void judge_attack(const struct exchange *worker, struct span document, struct fault *refusal)
{
    char ended[TEST_ATTACKS_SIZE];
    if (test_attacks_run("judge", document, worker->fd, ended))
        (void)fault_set(refusal, REASON_UNSUPPORTED, "", "%s", ended);
}

/* Returns whether the conversation goes on. */
static bool judge_answer_document(const struct exchange *worker, struct request *request)
{
    CLEANUP(frame_done) struct frame frame = {.complete = true};
    CLEANUP(buf_done) struct buf answer = {.len = 0};
    struct fault refusal = {.reason = REASON_NONE}, failure = {.reason = REASON_NONE};
    enum exchange_kind kind;
    if (exchange_receive(worker, FRAME_DOCUMENT_MAX, &kind, &frame.text) != 0 || kind != EXCHANGE_DOCUMENT)
        return false;
    judge_attack(worker, buf_span(&frame.text), &refusal);
    if (refusal.reason == REASON_NONE && request_parse(&frame, request, &refusal) == 0)
        return request_wire_write(request, &answer, &failure) == 0 &&
               exchange_send(worker, EXCHANGE_REQUEST, buf_span(&answer)) == 0;
    if (request_wire_write_refusal(request->action, &refusal, &answer, &failure) == 0)
        (void)!exchange_send(worker, EXCHANGE_REFUSAL, buf_span(&answer));
    return false;
}

static void judge_answer_served(const struct exchange *worker, const struct request *request)
{
    CLEANUP(buf_done) struct buf question = {.len = 0}, answer = {.len = 0};
    CLEANUP(build_result_done) struct build_result result = {.bundle = false};
    struct fault refusal = {.reason = REASON_NONE}, failure = {.reason = REASON_NONE};
    struct build_served served;
    enum exchange_kind kind;
    int64_t now;
    if (exchange_receive(worker, BUILD_WIRE_SERVED_MAX, &kind, &question) != 0 || kind != EXCHANGE_SERVED ||
        build_wire_read_served(buf_span(&question), &served, &now, &failure) != 0)
        return;
    if (build_judge(&request->set, &served, now, &result, &refusal) != 0) {
        if (wire_write_fault(&refusal, &answer, &failure) == 0)
            (void)!exchange_send(worker, EXCHANGE_FAULT, buf_span(&answer));
    } else if (build_wire_write_result(&result, &answer, &failure) == 0)
        (void)!exchange_send(worker, EXCHANGE_RESULT, buf_span(&answer));
}

static void judge_serve(const struct exchange *worker)
{
    CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
    if (judge_answer_document(worker, &request))
        judge_answer_served(worker, &request);
}

void judge_run(pid_t zygote, int stream)
{
    const struct exchange worker = {.fd = stream};
    if (confine_judge(zygote) != 0)
        _exit(EXIT_FAILURE);
    judge_serve(&worker);
    memory_wipe_stack();
    _exit(EXIT_SUCCESS);
}

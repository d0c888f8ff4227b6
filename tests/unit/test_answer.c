#include "core/answer.h"

#include "core/json.h"
#include "tests/unit/alloc.h"
#include "tests/unit/harness.h"

static void expect_answer(const struct outcome *outcome, const char *text)
{
    CLEANUP(buf_done) struct buf answer = {0};
    struct fault f = {0};
    law_expect(answer_write_outcome(outcome, &answer, &f), &f, REASON_NONE);
    expect_text(&answer, text);
}

static void a_refusal_is_answered_in_full(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf answer = {0};
    struct fault refusal = {0}, f = {0};
    fault_set(&refusal, REASON_KEY_MISMATCH, "ssl_key", "a \"quoted\" word and a back\\slash");
    law_expect(answer_write_fault(&refusal, NULL, &answer, &f), &f, REASON_NONE);
    expect_text(&answer, "{\"result\":\"refused\",\"fault\":\"InvalidCertificateFault\",\"reason\":\"key_mismatch\","
                         "\"field\":\"ssl_key\",\"message\":\"a \\\"quoted\\\" word and a back\\\\slash\"}\n");
}

static void warnings_and_waivers_are_answered(void **state)
{
    (void)state;
    struct outcome outcome = {.commit = {.changed = true, .generation = UINT64_MAX}};
    findings_add_warning(&outcome.findings, WARNING_PINNING, "ssl_ca", "only %d", 1);
    outcome.findings.waived = UINT32_C(1) << REASON_EXPIRED | UINT32_C(1) << REASON_WEAK_KEY;
    expect_answer(
        &outcome,
        "{\"result\":\"ok\",\"changed\":true,\"generation\":18446744073709551615,\"repairs\":[],\"warnings\":"
        "[{\"name\":\"pinning\",\"field\":\"ssl_ca\",\"message\":\"only 1\"}],\"waived\":[\"expired\",\"weak_key\"]}"
        "\n");
}

static void attempt_to_answer(void *context)
{
    (void)context;
    CLEANUP(buf_done) struct buf answer = {0}, refused = {0};
    struct outcome outcome = {.action = ACTION_NONE};
    struct fault f = {0}, refusal = {0};
    findings_add_warning(&outcome.findings, WARNING_PINNING, "ssl_ca", "x");
    findings_add_repair(&outcome.findings, REPAIR_BLANKS, "ssl_ca");
    outcome.findings.waived = UINT32_C(1) << REASON_EXPIRED;
    int result = answer_write_outcome(&outcome, &answer, &f);
    law_check(result, &f, (struct span){NULL, 0});
    fault_set(&refusal, REASON_BUSY, "", "x");
    fault_clear(&f);
    result = answer_write_fault(&refusal, NULL, &refused, &f);
    law_check(result, &f, (struct span){NULL, 0});
}

static void want_of_memory_while_answering_leaks_nothing(void **state)
{
    (void)state;
    assert_true(alloc_fail_each(attempt_to_answer, NULL) > 20);
}

static int init(void **state)
{
    (void)state;
    json_init();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refusal_is_answered_in_full),
        cmocka_unit_test(warnings_and_waivers_are_answered),
        cmocka_unit_test(want_of_memory_while_answering_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, init, NULL);
}

#include "core/action/answer.h"

#include <stdio.h>

#include "core/json/json.h"
#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/harness.h"

static void expect_answer(const struct outcome *outcome, const char *text)
{
    CLEANUP(buf_done) struct buf answer = {0};
    struct fault f = {0};
    law_expect(answer_write_outcome(outcome, &answer, &f), &f, REASON_NONE);
    expect_text(&answer, text);
}

TEST(a_refusal_is_answered_in_full)
{
    CLEANUP(buf_done) struct buf answer = {0};
    struct fault refusal = {0}, f = {0};
    fault_set(&refusal, REASON_KEY_MISMATCH, "ssl_key", "a \"quoted\" word and a back\\slash");
    law_expect(answer_write_fault(&refusal, NULL, &answer, &f), &f, REASON_NONE);
    expect_text(&answer, "{\"result\":\"refused\",\"fault\":\"InvalidCertificateFault\",\"reason\":\"key_mismatch\","
                         "\"field\":\"ssl_key\",\"message\":\"a \\\"quoted\\\" word and a back\\\\slash\"}\n");
}

TEST(warnings_and_waivers_are_answered)
{
    struct outcome outcome = {.commit = {.changed = true, .generation = UINT64_MAX}};
    findings_add_warning(&outcome.findings, WARNING_PINNING, "ssl_ca", "only %d", 1);
    outcome.findings.waived = UINT32_C(1) << REASON_EXPIRED | UINT32_C(1) << REASON_WEAK_KEY;
    expect_answer(
        &outcome,
        "{\"result\":\"ok\",\"changed\":true,\"generation\":18446744073709551615,\"repairs\":[],\"warnings\":"
        "[{\"name\":\"pinning\",\"field\":\"ssl_ca\",\"message\":\"only 1\"}],\"waived\":[\"expired\",\"weak_key\"]}"
        "\n");
}

/* ---- in the shapes of DMS ---- */

TEST(a_document_of_dms_is_the_answer_with_the_findings_beside_it)
{
    static const enum action actions[] = {ACTION_IMPORT_CERTIFICATE, ACTION_DESCRIBE_CERTIFICATES,
                                          ACTION_DELETE_CERTIFICATE, ACTION_ADD_TAGS,
                                          ACTION_LIST_TAGS,          ACTION_REMOVE_TAGS};
    for (size_t i = 0; i < COUNT_OF(actions); i++) {
        CLEANUP(outcome_done) struct outcome outcome = {.action = actions[i], .commit = {.changed = true}};
        findings_add_warning(&outcome.findings, WARNING_PINNING, "ssl_ca", "only %d", 1);
        outcome.document = json_new();
        assert_non_null(json_add_list(outcome.document, "TagList"));
        expect_answer(&outcome, "{\"TagList\":[],\"warnings\":[{\"name\":\"pinning\",\"field\":\"ssl_ca\","
                                "\"message\":\"only 1\"}]}\n");
    }
}

/* The document belongs to actions of DMS alone. */
TEST(other_actions_answer_in_their_own_shape)
{
    static const enum action actions[] = {ACTION_IMPORT_MATERIAL, ACTION_REMOVE_MATERIAL, ACTION_RESTORE_PREVIOUS};
    for (size_t i = 0; i < COUNT_OF(actions); i++) {
        struct outcome outcome = {.action = actions[i], .commit = {.generation = 3}};
        expect_answer(&outcome, "{\"result\":\"ok\",\"changed\":false,\"generation\":3,\"repairs\":[],\"warnings\":[],"
                                "\"waived\":[]}\n");
    }
}

static void expect_fault(const struct outcome *outcome, enum reason reason, const char *text)
{
    CLEANUP(buf_done) struct buf answer = {0};
    struct fault refusal = {0}, f = {0};
    fault_set(&refusal, reason, "Tags[0].Key", "a sentence");
    law_expect(answer_write_fault(&refusal, outcome, &answer, &f), &f, REASON_NONE);
    expect_text(&answer, text);
}

TEST(a_fault_of_dms_has_its_type_its_message_and_our_reason)
{
    struct outcome outcome = {.action = ACTION_ADD_TAGS};
    expect_fault(&outcome, REASON_NOT_FOUND,
                 "{\"__type\":\"ResourceNotFoundFault\",\"message\":\"a sentence\",\"reason\":\"not_found\"}\n");
    CLEANUP(resource_unrefp) struct resource *resource = resource_new("Set-1", 7, "arn:aws:dms:x:1:cert:A", 0);
    outcome.resource = resource;
    expect_fault(&outcome, REASON_EXISTS,
                 "{\"__type\":\"ResourceAlreadyExistsFault\",\"message\":\"a sentence\",\"reason\":\"exists\","
                 "\"resourceArn\":\"arn:aws:dms:x:1:cert:A\"}\n");
}

TEST(an_unknown_request_is_refused_in_the_shape_of_certfs)
{
    static const char ours[] = "{\"result\":\"refused\",\"fault\":\"InvalidParameterValueException\",\"reason\":"
                               "\"wrong_type\",\"field\":\"Tags[0].Key\",\"message\":\"a sentence\"}\n";
    struct outcome outcome = {.action = ACTION_NONE};
    expect_fault(NULL, REASON_WRONG_TYPE, ours);
    expect_fault(&outcome, REASON_WRONG_TYPE, ours);
    outcome.action = ACTION_IMPORT_MATERIAL;
    expect_fault(&outcome, REASON_WRONG_TYPE, ours);
}

static void expect_lines(const struct findings *findings, const char *text)
{
    CLEANUP(buf_done) struct buf lines = {0};
    struct fault f = {0};
    law_expect(answer_write_findings(findings, &lines, &f), &f, REASON_NONE);
    expect_text(&lines, text);
}

TEST(findings_are_lines_for_people_and_none_are_no_line)
{
    struct findings findings = {.repair_count = 0};
    expect_lines(&findings, "");
    findings_add_repair(&findings, REPAIR_LINE_WIDTH, "ssl_key");
    expect_lines(&findings, "1 repair:\n  line_width of ssl_key\n");
    findings_add_warning(&findings, WARNING_PINNING, "ssl_ca", "one");
    findings_add_warning(&findings, WARNING_OFF_PATH, "ssl_ca", "two");
    expect_lines(&findings, "2 warnings:\n  one\n  two\n1 repair:\n  line_width of ssl_key\n");
}

TEST(the_most_that_can_be_found_stays_within_its_bound)
{
    static const char *const fields[] = {"CertificateWallet", "CertificatePem", "ssl_cert"};
    CLEANUP(buf_done) struct buf lines = {0};
    struct findings findings = {.repair_count = 0};
    struct fault f = {0};
    size_t breaks = 0;
    for (int i = 0; i < 100; i++)
        findings_add_warning(&findings, WARNING_PINNING, "ssl_ca", "%0120d", i);
    for (size_t i = 0; i < 3 * REPAIR_COUNT; i++)
        findings_add_repair(&findings, (enum repair)(i % REPAIR_COUNT), fields[i / REPAIR_COUNT]);
    law_expect(answer_write_findings(&findings, &lines, &f), &f, REASON_NONE);
    for (size_t i = 0; i < lines.len; i++)
        breaks += lines.data[i] == '\n';
    assert_int_equal(breaks, 2 + FINDINGS_WARNINGS_MAX + FINDINGS_REPAIRS_MAX);
    assert_true(lines.len <= 5120);
}

static void attempt_to_answer(void *context)
{
    CLEANUP(buf_done) struct buf answer = {0}, refused = {0}, lines = {0};
    struct outcome outcome = {.action = ACTION_NONE};
    struct fault f = {0}, refusal = {0};
    findings_add_warning(&outcome.findings, WARNING_PINNING, "ssl_ca", "x");
    findings_add_repair(&outcome.findings, REPAIR_BLANKS, "ssl_ca");
    outcome.findings.waived = UINT32_C(1) << REASON_EXPIRED;
    int result = answer_write_outcome(&outcome, &answer, &f);
    law_check(result, &f, (struct span){NULL, 0});
    fault_clear(&f);
    result = answer_write_findings(&outcome.findings, &lines, &f);
    law_check(result, &f, (struct span){NULL, 0});
    fault_set(&refusal, REASON_EXISTS, "", "x");
    fault_clear(&f);
    result = answer_write_fault(&refusal, context, &refused, &f);
    law_check(result, &f, (struct span){NULL, 0});
}

TEST(failed_allocations_while_answering_leak_nothing)
{
    CLEANUP(resource_unrefp) struct resource *resource = resource_new("Set-1", 7, "arn", 0);
    struct outcome outcome = {.action = ACTION_ADD_TAGS, .resource = resource};
    assert_true(alloc_fail_each(attempt_to_answer, NULL) > 20);
    assert_true(alloc_fail_each(attempt_to_answer, &outcome) > 20);
}

ALL_TESTS(json_init, NULL);

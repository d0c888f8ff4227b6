#include "core/draft/build_wire.h"

#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/build_results.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/mutate.h"
#include "tests/unit/lib/pki.h"

/* ---- round trips ---- */

static void expect_facts(const struct cert_info *a, const struct cert_info *b)
{
    assert_string_equal(a->subject, b->subject);
    assert_string_equal(a->issuer, b->issuer);
    assert_string_equal(a->serial, b->serial);
    assert_int_equal(a->not_before, b->not_before);
    assert_int_equal(a->not_after, b->not_after);
    assert_string_equal(a->key_algorithm, b->key_algorithm);
    assert_int_equal(a->key_bits, b->key_bits);
    assert_string_equal(a->signature_algorithm, b->signature_algorithm);
    assert_string_equal(a->java_algorithm, b->java_algorithm);
    assert_string_equal(a->sha256, b->sha256);
}

static void expect_findings(const struct findings *a, const struct findings *b)
{
    assert_int_equal(a->waived, b->waived);
    assert_int_equal(a->repair_count, b->repair_count);
    for (size_t i = 0; i < a->repair_count; i++) {
        assert_int_equal(a->repairs[i].repair, b->repairs[i].repair);
        assert_string_equal(a->repairs[i].field, b->repairs[i].field);
    }
    assert_int_equal(a->warning_count, b->warning_count);
    for (size_t i = 0; i < a->warning_count; i++) {
        assert_int_equal(a->warnings[i].warning, b->warnings[i].warning);
        assert_string_equal(a->warnings[i].field, b->warnings[i].field);
        assert_string_equal(a->warnings[i].message, b->warnings[i].message);
    }
}

static void expect_lifetimes(const struct lifetimes *a, const struct lifetimes *b)
{
    assert_int_equal(a->anchors, b->anchors);
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        assert_int_equal(a->list[i].from, b->list[i].from);
        assert_int_equal(a->list[i].until, b->list[i].until);
        assert_string_equal(a->list[i].place, b->list[i].place);
    }
}

static void expect_same(const struct build_result *a, const struct build_result *b)
{
    expect_facts(&a->facts, &b->facts);
    expect_findings(&a->findings, &b->findings);
    expect_lifetimes(&a->lifetimes, &b->lifetimes);
    assert_int_equal(a->for_server, b->for_server);
    assert_int_equal(a->for_client, b->for_client);
    assert_int_equal(a->bundle, b->bundle);
    assert_int_equal(a->keeps_key, b->keeps_key);
    for (size_t i = 0; i < MATERIAL_FILE_COUNT; i++)
        assert_true(span_equal(buf_span(&a->files[i]), buf_span(&b->files[i])));
}

TEST(every_result_is_read_as_it_was_judged)
{
    CLEANUP(material_unrefp) struct material *old = results_old();
    for (size_t i = 0; i < RESULTS_FILLERS; i++) {
        CLEANUP(build_result_done) struct build_result result = {.keeps_key = false}, read = {.keeps_key = false};
        CLEANUP(buf_done) struct buf bytes = {0};
        struct build_served served;
        struct fault f = {0};
        results_judge(results_fillers[i], old, &served, &result);
        results_write(&result, &bytes);
        law_expect(build_wire_read_result(buf_span(&bytes), &served, &read, &f), &f, REASON_NONE);
        expect_same(&result, &read);
    }
}

/* The samples above have one of each kind. */
TEST(the_samples_have_every_member)
{
    CLEANUP(material_unrefp) struct material *old = results_old();
    size_t repairs = 0, warnings = 0, kept = 0, anchors = 0, waived = 0;
    for (size_t i = 0; i < RESULTS_FILLERS; i++) {
        CLEANUP(build_result_done) struct build_result result = {.keeps_key = false};
        struct build_served served;
        results_judge(results_fillers[i], old, &served, &result);
        repairs += result.findings.repair_count;
        warnings += result.findings.warning_count;
        kept += result.keeps_key;
        anchors += result.lifetimes.anchors;
        waived += result.findings.waived != 0;
    }
    assert_in_range(repairs, 2, 100);
    assert_in_range(warnings, 1, 100);
    assert_int_equal(kept, 1);
    assert_int_equal(anchors, 1);
    assert_int_equal(waived, 1);
}

static void expect_served(const struct build_served *a)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    struct build_served read = {.exists = false};
    struct fault f = {0};
    int64_t now = 0;
    law_expect(build_wire_write_served(a, PKI_NOW, &bytes, &f), &f, REASON_NONE);
    assert_in_range(bytes.len, 1, BUILD_WIRE_SERVED_MAX);
    assert_false(span_has(buf_span(&bytes), span_of("PRIVATE")));
    law_expect(build_wire_read_served(buf_span(&bytes), &read, &now, &f), &f, REASON_NONE);
    assert_int_equal(now, PKI_NOW);
    assert_int_equal(read.exists, a->exists);
    assert_string_equal(read.leaf, a->leaf);
    assert_int_equal(read.files, a->files);
    assert_int_equal(read.loss_waived, a->loss_waived);
    assert_int_equal(read.sound, a->sound);
    assert_int_equal(read.for_server, a->for_server);
    assert_int_equal(read.for_client, a->for_client);
    assert_true(span_equal(read.ca, a->ca));
    assert_true(span_equal(read.cert, a->cert));
}

TEST(a_served_set_is_read_as_it_was_described)
{
    CLEANUP(material_unrefp) struct material *old = results_old();
    struct build_served served;
    build_describe(NULL, PKI_NOW, &served);
    expect_served(&served);
    build_describe(old, PKI_NOW, &served);
    expect_served(&served);
    served.loss_waived = true;
    served.for_server = served.sound = false;
    served.leaf[0] = '\0';
    expect_served(&served);
}

TEST(a_served_set_with_another_digest_is_refused)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    struct build_served served = {.exists = true, .leaf = "abc"}, read = {.exists = false};
    struct fault f = {0};
    int64_t now;
    law_expect(build_wire_write_served(&served, PKI_NOW, &bytes, &f), &f, REASON_NONE);
    law_expect(build_wire_read_served(buf_span(&bytes), &read, &now, &f), &f, REASON_JUDGE_FAILED);
    assert_string_equal(f.message, "the served set cannot be used: leaf is no SHA-256");
}

/* ---- mutants ---- */

struct taken {
    const struct build_served *served;
    size_t count;
};

/* There is one form of each result: what is read is written as it was. */
static void take_mutant(struct span mutant, void *context)
{
    CLEANUP(build_result_done) struct build_result read = {.keeps_key = false};
    CLEANUP(buf_done) struct buf again = {0};
    struct taken *taken = context;
    struct fault f = {0};
    int result = build_wire_read_result(mutant, taken->served, &read, &f);
    law_expect(result, &f, result == 0 ? REASON_NONE : REASON_JUDGE_FAILED);
    if (result != 0)
        return;
    results_write(&read, &again);
    assert_true(span_equal(buf_span(&again), mutant));
    taken->count++;
}

TEST(every_mutant_is_refused_or_is_a_result)
{
    CLEANUP(material_unrefp) struct material *old = results_old();
    for (size_t i = 0; i < RESULTS_FILLERS; i++) {
        CLEANUP(build_result_done) struct build_result result = {.keeps_key = false};
        CLEANUP(buf_done) struct buf bytes = {0};
        struct build_served served;
        struct taken taken = {.served = &served};
        results_judge(results_fillers[i], old, &served, &result);
        results_write(&result, &bytes);
        size_t count = mutate_each(buf_span(&bytes), i == 0 ? 1 : 7, take_mutant, &taken);
        assert_in_range(taken.count, 1, count);
    }
}

static void take_served(struct span mutant, void *unused)
{
    CLEANUP(buf_done) struct buf again = {0};
    struct build_served read = {.exists = false};
    struct fault f = {0};
    int64_t now = 0;
    (void)unused;
    int result = build_wire_read_served(mutant, &read, &now, &f);
    law_expect(result, &f, result == 0 ? REASON_NONE : REASON_JUDGE_FAILED);
    if (result != 0)
        return;
    law_expect(build_wire_write_served(&read, now, &again, &f), &f, REASON_NONE);
    assert_true(span_equal(buf_span(&again), mutant));
}

TEST(every_mutant_of_a_served_set_is_refused_or_is_one)
{
    CLEANUP(material_unrefp) struct material *old = results_old();
    CLEANUP(buf_done) struct buf bytes = {0};
    struct build_served served;
    struct fault f = {0};
    build_describe(old, PKI_NOW, &served);
    law_expect(build_wire_write_served(&served, PKI_NOW, &bytes, &f), &f, REASON_NONE);
    (void)mutate_each(buf_span(&bytes), 1, take_served, NULL);
}

/* ---- memory ---- */

static void attempt(void *bytes)
{
    CLEANUP(build_result_done) struct build_result read = {.keeps_key = false};
    const struct build_served served = {.exists = false};
    struct fault f = {0};
    int result = build_wire_read_result(buf_span(bytes), &served, &read, &f);
    law_expect(result, &f, result == 0 ? REASON_NONE : REASON_NO_MEMORY);
}

TEST(a_lack_of_memory_is_reported_as_such)
{
    CLEANUP(build_result_done) struct build_result result = {.keeps_key = false};
    CLEANUP(buf_done) struct buf bytes = {0};
    struct build_served served;
    results_judge(results_fill_fields, NULL, &served, &result);
    results_write(&result, &bytes);
    assert_in_range(alloc_fail_each(attempt, &bytes), 5, 100);
}

ALL_TESTS(results_before, results_after);

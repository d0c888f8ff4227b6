#include "core/action/execute.h"

#include <string.h>

#include <openssl/err.h>

#include "core/action/answer.h"
#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/fixtures.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/mutate.h"
#include "tests/unit/lib/wire_judging.h"

static struct pki pki, other;
static struct registry *registry;
static const struct moment now = {.wall = PKI_NOW, .steady = 1};

/*
 * Frames the text and imports it; a text that is no document is refused like any other. `ret` may hold the outcome of
 * the one before.
 */
static int import(struct span text, struct outcome *ret, struct fault *f)
{
    struct frame frame = {0};
    outcome_done(ret);
    *ret = (struct outcome){.action = ACTION_NONE};
    int result = frame_take(&frame, text, f);
    if (result == 0 && !frame.complete)
        result = frame_refuse_unfinished(&frame, f);
    if (result == 0) {
        struct policy policy = policy_default;
        policy.judging = &judging_by_wire;
        result = request_execute(registry, &policy, &frame, now, ret, f);
        assert_null(frame.text.data);
        assert_false(frame.complete);
    }
    frame_done(&frame);
    law_check(result, f, (struct span){pki.key.data + 30, pki.key.len - 60});
    assert_int_equal(ERR_peek_error(), 0);
    return result;
}

static int import_set(const struct pki *set, struct outcome *ret)
{
    CLEANUP(buf_done) struct buf document = {0};
    struct fault f = {0};
    set_document(set, &document);
    int result = import(buf_span(&document), ret, &f);
    if (result != 0)
        fail_msg("%s: %s", reason_name(f.reason), f.message);
    return result;
}

static void expect_printable_sentence(const struct outcome *outcome)
{
    assert_true(strlen(outcome->sentence) > 10);
    for (const char *c = outcome->sentence; *c != '\0'; c++)
        assert_in_range(*c, ' ', '~');
}

/* The number of what is served, 0 for nothing. */
static uint64_t served(void)
{
    CLEANUP(generation_unrefp) struct generation *current = registry_current(registry, "");
    return current == NULL ? 0 : current->number;
}

static void expect_answer(const struct outcome *outcome, const char *text)
{
    CLEANUP(buf_done) struct buf answer = {0};
    struct fault f = {0};
    law_expect(answer_write_outcome(outcome, &answer, &f), &f, REASON_NONE);
    expect_text(&answer, text);
}

TEST(a_good_document_is_served)
{
    CLEANUP(outcome_done) struct outcome outcome = {.action = ACTION_NONE};
    import_set(&pki, &outcome);
    assert_int_equal(outcome.action, ACTION_IMPORT_MATERIAL);
    assert_true(outcome.commit.changed);
    assert_string_equal(outcome.sentence, "imported generation 1: CN=db.example.com, valid until 2027-09-21");
    expect_answer(&outcome, "{\"result\":\"ok\",\"changed\":true,\"generation\":1,\"repairs\":[],\"warnings\":[],"
                            "\"waived\":[]}\n");
    assert_int_equal(served(), 1);
}

TEST(the_same_again_changes_nothing)
{
    CLEANUP(outcome_done) struct outcome outcome = {.action = ACTION_NONE};
    import_set(&pki, &outcome);
    import_set(&pki, &outcome);
    assert_false(outcome.commit.changed);
    assert_int_equal(outcome.commit.generation, 1);
    expect_printable_sentence(&outcome);
    import_set(&other, &outcome);
    assert_true(outcome.commit.changed);
    assert_int_equal(served(), 2);
}

/* The key with Windows line ends, inside AWS's single quotes, raw line breaks in the strings. */
TEST(repairs_are_in_the_answer)
{
    CLEANUP(buf_done) struct buf document = {0}, crlf = {0};
    CLEANUP(outcome_done) struct outcome outcome = {.action = ACTION_NONE};
    struct fault f = {0};
    for (size_t i = 0; i < pki.key.len; i++) {
        if (pki.key.data[i] == '\n')
            assert_int_equal(buf_append_text(&crlf, "\r", &f), 0);
        assert_int_equal(buf_append(&crlf, (struct span){pki.key.data + i, 1}, &f), 0);
    }
    assert_int_equal(buf_append_text(&document, "'", &f), 0);
    pki_write_document(&document, buf_span(&pki.ca), buf_span(&pki.cert), buf_span(&crlf));
    for (size_t i = 0; i + 1 < document.len; i++)
        if (document.data[i] == '\\' && document.data[i + 1] == 'n')
            memcpy(document.data + i, "\n ", 2);
    assert_int_equal(buf_append_text(&document, "'\n", &f), 0);
    assert_int_equal(import(buf_span(&document), &outcome, &f), 0);
    CLEANUP(buf_done) struct buf answer = {0};
    assert_int_equal(answer_write_outcome(&outcome, &answer, &f), 0);
    assert_true(span_has(buf_span(&answer), span_of("{\"name\":\"line_endings\",\"field\":\"ssl_key\"}")));
}

TEST(a_removal_wipes_and_warns)
{
    CLEANUP(outcome_done) struct outcome outcome = {.action = ACTION_NONE};
    struct fault f = {0};
    import_set(&pki, &outcome);
    assert_int_equal(import(span_of("{\"Action\":\"rds_remove_binlog_ssl_material\"}"), &outcome, &f), 0);
    assert_int_equal(outcome.action, ACTION_REMOVE_MATERIAL);
    assert_true(outcome.commit.changed);
    assert_int_equal(outcome.findings.warning_count, 1);
    assert_int_equal(served(), 0);
    assert_int_equal(import(span_of("{\"Action\":\"rds_remove_binlog_ssl_material\"}"), &outcome, &f), 0);
    assert_false(outcome.commit.changed);
    expect_printable_sentence(&outcome);
}

TEST(the_previous_set_can_be_restored)
{
    CLEANUP(outcome_done) struct outcome outcome = {.action = ACTION_NONE};
    struct fault f = {0};
    import_set(&pki, &outcome);
    import_set(&other, &outcome);
    assert_int_equal(import(span_of("{\"Action\":\"RestorePrevious\"}"), &outcome, &f), 0);
    assert_int_equal(outcome.action, ACTION_RESTORE_PREVIOUS);
    assert_int_equal(outcome.commit.generation, 3);
    expect_printable_sentence(&outcome);
    import_set(&pki, &outcome);
    assert_false(outcome.commit.changed);
}

TEST(there_may_be_nothing_to_restore)
{
    CLEANUP(outcome_done) struct outcome outcome = {.action = ACTION_NONE};
    struct fault f = {0};
    law_expect(import(span_of("{\"Action\":\"RestorePrevious\"}"), &outcome, &f), &f, REASON_NOT_FOUND);
    assert_int_equal(outcome.action, ACTION_RESTORE_PREVIOUS);
}

TEST(a_refused_document_changes_nothing)
{
    CLEANUP(buf_done) struct buf mixed = {0};
    CLEANUP(outcome_done) struct outcome outcome = {.action = ACTION_NONE};
    struct fault f = {0};
    import_set(&pki, &outcome);
    pki_write_document(&mixed, buf_span(&pki.ca), buf_span(&pki.cert), buf_span(&other.key));
    law_expect(import(buf_span(&mixed), &outcome, &f), &f, REASON_KEY_MISMATCH);
    assert_int_equal(outcome.action, ACTION_IMPORT_MATERIAL);
    assert_int_equal(served(), 1);
    assert_int_equal(registry_number(registry), 1);
}

static void take_mutant(struct span mutant, void *context)
{
    size_t *taken = context;
    CLEANUP(outcome_done) struct outcome outcome = {.action = ACTION_NONE};
    struct fault f = {0};
    uint64_t before = served();
    if (import(mutant, &outcome, &f) != 0) {
        assert_int_equal(served(), before);
        return;
    }
    ++*taken;
    assert_int_equal(served(), outcome.commit.generation);
    expect_printable_sentence(&outcome);
}

TEST(every_mutant_is_refused_without_a_trace_or_served)
{
    CLEANUP(buf_done) struct buf document = {0};
    size_t taken = 0;
    set_document(&pki, &document);
    size_t count = mutate_each(buf_span(&document), 7, take_mutant, &taken);
    assert_in_range(taken, 1, count / 2);
    mutate_each(span_of("{\"Action\":\"RestorePrevious\",\"Accept\":null}"), 1, take_mutant, &taken);
}

TEST(no_line_of_the_key_is_left_in_released_memory)
{
    CLEANUP(buf_done) struct buf document = {0};
    CLEANUP(outcome_done) struct outcome outcome = {.action = ACTION_NONE};
    struct fault f = {0};
    set_document(&pki, &document);
    for (size_t at = 40; at + 20 < pki.key.len - 40; at += 33) {
        struct commit removed;
        alloc_watch((struct span){pki.key.data + at, 16});
        int result = import(buf_span(&document), &outcome, &f);
        assert_int_equal(registry_remove(registry, "", &removed, &(struct fault){0}), 0);
        assert_int_equal(alloc_watch((struct span){NULL, 0}), 0);
        assert_int_equal(result, 0);
    }
}

static void setup(void)
{
    struct fault f = {0};
    assert_int_equal(registry_new(&registry, &f), 0);
}

static void teardown(void)
{
    registry_freep(&registry);
    registry = NULL;
}

static void before_all(void)
{
    start_core();
    pki_make(&pki, pki_key(2));
    pki_make(&other, pki_key(3));
}

static void after_all(void)
{
    pki_done(&pki);
    pki_done(&other);
}

EACH_TEST(setup, teardown);
ALL_TESTS(before_all, after_all);

/* Documents that somebody else parses and judges: which calls are made, and what a bad one may not do. */
#include "core/action/judging.h"

#include <string.h>

#include "tests/unit/lib/bundles.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/request_client.h"

static struct pki pki, other;
static struct buf whole;

/* The calls since the test began: p, j and e. */
static char calls[16];

/* The results to give, other than what judging_here gives. */
static enum reason parse_fails, judge_fails;
static bool keeps_key;

static void note(char call)
{
    size_t used = strlen(calls);
    assert_in_range(used, 0, sizeof(calls) - 2);
    calls[used] = call;
}

static int fails(enum reason reason, struct fault *f)
{
    return reason == REASON_NONE ? 0 : fault_set(f, reason, "", "the test refuses it");
}

static int parse(void *context, struct frame *frame, struct request *ret, struct fault *f)
{
    assert_ptr_equal(context, calls);
    note('p');
    return judging_here.parse(NULL, frame, ret, f) == 0 ? fails(parse_fails, f) : -1;
}

static int judge(void *context, const struct request *request, const struct build_served *served, int64_t now,
                 struct build_result *ret, struct fault *f)
{
    assert_ptr_equal(context, calls);
    assert_int_equal(now, asking_now.wall);
    note('j');
    int result = judging_here.judge(NULL, request, served, now, ret, f);
    ret->keeps_key = ret->keeps_key || keeps_key;
    return result == 0 ? fails(judge_fails, f) : -1;
}

static void end(void *context)
{
    assert_ptr_equal(context, calls);
    note('e');
}

static const struct judging noting = {.parse = parse, .judge = judge, .end = end, .context = calls};

static void expect_calls(const char *expected)
{
    assert_string_equal(calls, expected);
    memset(calls, 0, sizeof(calls));
}

TEST(an_import_is_parsed_and_judged_and_over)
{
    do_import("Set-1", &whole, "");
    expect_calls("pje");
    do_import("Set-1", &whole, ",\"Replace\":true");
    expect_calls("pje");
}

TEST(other_documents_are_parsed_and_over)
{
    do_import("Set-1", &whole, "");
    expect_calls("pje");
    do_good("{\"Action\":\"DescribeCertificates\"}");
    expect_calls("pe");
    do_good("{\"Action\":\"rds_remove_binlog_ssl_material\",\"CertificateIdentifier\":\"Set-1\"}");
    expect_calls("pe");
}

TEST(a_document_that_cannot_be_parsed_is_over_too)
{
    ask_bad("{\"Action\":\"Nothing\"}", REASON_UNSUPPORTED, "Action", "unknown");
    expect_calls("pe");
    parse_fails = REASON_JUDGE_FAILED;
    ask_bad("{\"Action\":\"DescribeCertificates\"}", REASON_JUDGE_FAILED, "", "the test refuses it");
    expect_calls("pe");
}

TEST(a_set_that_its_name_refuses_is_never_judged)
{
    CLEANUP(buf_done) struct buf again = {0};
    do_import("Set-1", &whole, "");
    expect_calls("pje");
    asking_write_import(&again, "Set-1", &whole, "");
    ask_bad((const char *)again.data, REASON_EXISTS, "CertificateIdentifier", "already exists");
    expect_calls("pe");
}

TEST(a_judge_that_fails_changes_nothing)
{
    CLEANUP(buf_done) struct buf text = {0};
    static const enum reason reasons[] = {REASON_JUDGE_FAILED, REASON_TOO_COSTLY, REASON_NO_MEMORY};
    do_import("Set-1", &whole, "");
    expect_calls("pje");
    asking_write_fields(&text, "Set-1", &other, ",\"Replace\":true");
    for (size_t i = 0; i < COUNT_OF(reasons); i++) {
        judge_fails = reasons[i];
        ask_bad((const char *)text.data, reasons[i], "", "the test refuses it");
        expect_calls("pje");
    }
    assert_int_equal(number_of("Set-1"), 1);
}

/* Where nothing is served there is none, and trust anchors alone have none. */
TEST(a_key_that_is_not_there_is_not_kept)
{
    CLEANUP(buf_done) struct buf text = {0}, again = {0};
    keeps_key = true;
    asking_write_fields(&text, "Set-1", &pki, "");
    ask_bad((const char *)text.data, REASON_JUDGE_FAILED, "", "keeps a key");
    keeps_key = false;
    do_import("Set-1", &pki.ca, "");
    keeps_key = true;
    asking_write_import(&again, "Set-1", &pki.ca, ",\"Replace\":true");
    ask_bad((const char *)again.data, REASON_JUDGE_FAILED, "", "keeps a key");
    expect_calls("pjepjepje");
}

static void before_each(void)
{
    asking_setup();
    asking_policy.judging = &noting;
    memset(calls, 0, sizeof(calls));
    parse_fails = judge_fails = REASON_NONE;
    keeps_key = false;
}

static void before_all(void)
{
    start_core();
    pki_make(&pki, pki_key(2));
    pki_make(&other, pki_key(3));
    bundle_of(&pki, &whole);
}

static void after_all(void)
{
    pki_done(&pki);
    pki_done(&other);
    buf_done(&whole);
}

EACH_TEST(before_each, asking_teardown);
ALL_TESTS(before_all, after_all);

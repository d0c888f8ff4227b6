/* The findings of judging in a record: they are read as written, and a start judges nothing but the dates. */
#include "core/draft/build.h"
#include "core/set/judged.h"

#include <stdio.h>
#include <string.h>

#include "core/store/record_read.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/mutate.h"
#include "tests/unit/lib/pki.h"
#include "tests/unit/lib/wire_judging.h"

static struct pki pki;
static struct request_set set;
static struct buf judged;

/* As a start does it. */
static struct material *restore(struct span text, int64_t now)
{
    struct material *material = NULL;
    struct fault f = {0};
    struct record_set record = {
        .ssl_ca = set.ssl_ca, .ssl_cert = set.ssl_cert, .ssl_key = set.ssl_key, .certificate_pem = set.certificate_pem};
    add_bytes(&record.judged, text);
    if (request_accepts(&set, REASON_EXPIRED))
        add_text(&record.accept.items[record.accept.count++], reason_name(REASON_EXPIRED));
    law_expect(record_material(&record, &material, &f), &f, REASON_NONE);
    if (material == NULL)
        law_expect(material_restore(&set, now, &material, &f), &f, REASON_NONE);
    buf_done(&record.judged);
    json_texts_done(&record.accept);
    return material;
}

/* The text with one piece replaced by another one. */
static void change(const char *old, const char *new, struct buf *ret)
{
    const unsigned char *at = memmem(judged.data, judged.len, old, strlen(old));
    assert_non_null(at);
    size_t before = (size_t)(at - judged.data);
    add_bytes(ret, (struct span){judged.data, before});
    add_text(ret, new);
    add_bytes(ret, (struct span){at + strlen(old), judged.len - before - strlen(old)});
}

static void expect_subject(struct span text, const char *subject)
{
    struct material *material = restore(text, PKI_NOW);
    assert_string_equal(material_facts(material)->subject, subject);
    assert_true(span_equal(material_bytes(material, MATERIAL_KEY), buf_span(&pki.key)));
    material_unref(material);
}

TEST(nothing_is_decoded_where_the_text_is_about_these_bytes)
{
    CLEANUP(buf_done) struct buf other = {0};
    change("subject CN=db.example.com", "subject CN=as the text has it", &other);
    expect_subject(buf_span(&other), "CN=as the text has it");
}

TEST(a_text_that_is_not_about_them_is_not_believed)
{
    static const char *const rows[][2] = {{"files ", "files 1"},         {"files ", "sizes "},
                                          {"not_after ", "not_after x"}, {"good_for ", "good_for x"},
                                          {"lifetime ", "lifetime x"},   {"lifetime ", "lifetime 9223372036854775807"},
                                          {"sha256 ", "sha1 "}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(buf_done) struct buf wrong = {0}, other = {0};
        change("subject CN=db.example.com", "subject CN=wrong", &wrong);
        struct buf kept = judged;
        judged = wrong;
        change(rows[i][0], rows[i][1], &other);
        judged = kept;
        expect_subject(buf_span(&other), "CN=db.example.com");
    }
    expect_subject((struct span){judged.data, judged.len - 1}, "CN=db.example.com");
    expect_subject((struct span){NULL, 0}, "CN=db.example.com");
}

TEST(other_bytes_are_judged_again)
{
    CLEANUP(buf_done) struct buf other = {0};
    struct buf kept = set.ssl_ca;
    change("subject CN=db.example.com", "subject CN=wrong", &other);
    set.ssl_ca = (struct buf){0};
    add_bytes(&set.ssl_ca, (struct span){kept.data, kept.len - 1});
    add_text(&set.ssl_ca, " "); /* for the line feed: as many bytes, and good for the parser */
    expect_subject(buf_span(&other), "CN=db.example.com");
    buf_done(&set.ssl_ca);
    set.ssl_ca = kept;
}

TEST(lines_of_a_later_version_are_skipped)
{
    CLEANUP(buf_done) struct buf other = {0};
    change("subject CN=db.example.com", "subject CN=x\nnovelty 1 2 3\nbare\nwarning novelty - some words", &other);
    expect_subject(buf_span(&other), "CN=x");
}

/* Judged again or not, what is warned about at any time is the same. */
TEST(the_dates_are_judged_with_every_start)
{
    static const int days[] = {-400, -2, 0, 200, 300, 364, 366, 400, 4000};
    size_t warned = 0;
    for (size_t i = 0; i < COUNT_OF(days); i++) {
        int64_t now = PKI_NOW + days[i] * (int64_t)PKI_DAY;
        struct material *kept = restore(buf_span(&judged), now), *again = restore((struct span){NULL, 0}, now);
        struct findings a, b;
        material_findings_at(kept, now, &a);
        material_findings_at(again, now, &b);
        assert_int_equal(a.warning_count, b.warning_count);
        for (size_t k = 0; k < a.warning_count; k++) {
            assert_int_equal(a.warnings[k].warning, b.warnings[k].warning);
            assert_string_equal(a.warnings[k].message, b.warnings[k].message);
        }
        warned += a.warning_count;
        material_unref(kept);
        material_unref(again);
    }
    assert_true(warned >= 6);
}

TEST(a_waived_date_is_no_warning)
{
    set.accepted = UINT32_C(1) << REASON_EXPIRED;
    struct material *material = restore(buf_span(&judged), PKI_NOW + 400 * (int64_t)PKI_DAY);
    struct findings findings;
    material_findings_at(material, PKI_NOW + 400 * (int64_t)PKI_DAY, &findings);
    assert_int_equal(findings.waived, set.accepted);
    for (size_t i = 0; i < findings.warning_count; i++)
        assert_int_not_equal(findings.warnings[i].warning, WARNING_FAILS_TODAY);
    material_unref(material);
    set.accepted = 0;
}

static void take_mutant(struct span mutant, void *context)
{
    (void)context;
    CLEANUP(judged_done) struct judged_read read = {.for_server = false};
    if (judged_parse(mutant, &read))
        assert_true(read.lifetimes.count > 0 && read.findings.warning_count <= FINDINGS_WARNINGS_MAX);
}

TEST(every_mutant_is_read_or_not)
{
    mutate_each(buf_span(&judged), 1, take_mutant, NULL);
}

static void expect_root(struct span text, const char *subject)
{
    struct material *material = restore(text, PKI_NOW);
    assert_string_equal(material_facts(material)->subject, subject);
    assert_int_equal(material_end(material, PKI_NOW).until, PKI_NOW + 365 * (int64_t)PKI_DAY);
    assert_string_equal(material_end(material, PKI_NOW).of, "certificate 1 of CertificatePem (CN=Test Root)");
    material_unref(material);
}

/* A record of anchors from before their dates were kept: it is judged again, with the same findings. */
TEST(anchors_whose_dates_are_not_kept_are_judged_again)
{
    CLEANUP(buf_done) struct buf text = {0}, old = {0}, wrong = {0};
    CLEANUP(material_unrefp) struct material *material = NULL;
    struct request_set kept_set = set;
    struct buf kept = judged;
    struct fault f = {0};
    set = (struct request_set){.accepted = 0};
    pki_write_certificate(&set.certificate_pem, pki.root);
    law_expect(material_build_by_wire(&set, NULL, PKI_NOW, &material, &f), &f, REASON_NONE);
    law_expect(material_write_judged(material, &text, &f), &f, REASON_NONE);
    judged = text;
    change("subject CN=Test Root", "subject CN=wrong", &wrong);
    expect_root(buf_span(&wrong), "CN=wrong");
    judged = wrong;
    change("anchor ", "novelty ", &old);
    expect_root(buf_span(&old), "CN=Test Root");
    buf_done(&set.certificate_pem);
    set = kept_set;
    judged = kept;
}

static void before_all(void)
{
    struct fault f = {0};
    struct material *material = NULL;
    pki_make(&pki, pki_key(2));
    add_bytes(&set.ssl_ca, buf_span(&pki.ca));
    add_bytes(&set.ssl_cert, buf_span(&pki.cert));
    add_bytes(&set.ssl_key, buf_span(&pki.key));
    assert_int_equal(material_build_by_wire(&set, NULL, PKI_NOW, &material, &f), 0);
    assert_int_equal(material_write_judged(material, &judged, &f), 0);
    material_unref(material);
}

static void after_all(void)
{
    buf_done(&set.ssl_ca);
    buf_done(&set.ssl_cert);
    buf_done(&set.ssl_key);
    buf_done(&judged);
    pki_done(&pki);
}

ALL_TESTS(before_all, after_all);

/* The files that a replacement takes away, and the key that stays with its certificate. */
#include "core/draft/loss.h"

#include <string.h>

#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/request_client.h"

static struct pki pki, other;
static struct buf whole;    /* leaf, intermediate, key and root */
static struct buf public;   /* the same without the key: what DescribeCertificates answers */
static struct buf anchors;  /* the root alone */
static struct buf rootless; /* leaf, intermediate and key */

static const char replace[] = ",\"Replace\":true";
static const char accepting[] = ",\"Replace\":true,\"Accept\":[\"loses_files\"]";

static void import_bad(const struct buf *pem, const char *part)
{
    CLEANUP(buf_done) struct buf text = {0};
    asking_write_import(&text, "Set-1", pem, replace);
    ask_bad((const char *)text.data, REASON_LOSES_FILES, "CertificatePem", part);
}

static const struct material *served(void)
{
    /* The registry holds it for as long as the test looks at it. */
    CLEANUP(generation_unrefp) struct generation *current = registry_current(asking_registry, "Set-1");
    assert_non_null(current);
    return current->material;
}

enum { ALL = LOSS_CA | LOSS_CERT | LOSS_KEY };

static void expect_files(unsigned expected)
{
    unsigned found = 0;
    for (enum material_file file = MATERIAL_CA; file < MATERIAL_PEM_COUNT; file++)
        found |= material_content(served(), file) != NULL ? 1U << file : 0;
    assert_int_equal(found, expected);
}

TEST(the_answer_of_describe_is_sent_back_and_the_key_stays)
{
    do_import("Set-1", &whole, "");
    CLEANUP(asked_done) struct asked same = ask_import("Set-1", &public, replace);
    assert_false(same.outcome.commit.changed);
    expect_files(ALL);
    assert_true(span_equal(material_bytes(served(), MATERIAL_KEY), buf_span(&pki.key)));
}

TEST(the_key_stays_where_other_certificates_come_with_the_leaf)
{
    CLEANUP(buf_done) struct buf more = {0};
    do_import("Set-1", &whole, "");
    add_bytes(&more, buf_span(&public));
    pki_write_certificate(&more, other.root);
    CLEANUP(asked_done) struct asked changed = ask_import("Set-1", &more, replace);
    assert_true(changed.outcome.commit.changed);
    assert_int_equal(changed.outcome.findings.waived, 0);
    expect_files(ALL);
    assert_true(span_equal(material_bytes(served(), MATERIAL_CERT), buf_span(&pki.cert)));
    assert_true(span_has(material_bytes(served(), MATERIAL_CA), buf_span(&other.ca)));
    CLEANUP(asked_done) struct asked again = ask_import("Set-1", &more, replace);
    assert_false(again.outcome.commit.changed);
    do_good("{\"Action\":\"RestorePrevious\",\"CertificateIdentifier\":\"Set-1\"}");
    assert_true(span_equal(material_bytes(served(), MATERIAL_KEY), buf_span(&pki.key)));
    do_good("{\"Action\":\"rds_remove_binlog_ssl_material\",\"CertificateIdentifier\":\"Set-1\"}");
}

TEST(without_the_served_leaf_cert_and_key_would_be_gone)
{
    CLEANUP(buf_done) struct buf renewed = {0};
    X509 *leaf = pki_certificate(&(struct pki_spec){
        .name = "db.example.com", .key = pki.leaf_key, .issuer = pki.intermediate, .issuer_key = pki.intermediate_key});
    pki_write_certificate(&renewed, leaf);
    add_bytes(&renewed, buf_span(&pki.ca));
    do_import("Set-1", &whole, "");
    import_bad(&anchors, "cert.pem and key.pem would be gone: send the certificate and its private key too, or");
    import_bad(&renewed, "cert.pem and key.pem would be gone: send the certificate and its private key too, or");
    expect_files(ALL);
    X509_free(leaf);
}

TEST(without_a_root_ca_would_be_gone)
{
    do_import("Set-1", &whole, "");
    import_bad(&rootless, "ca.pem would be gone: send the CA's certificate too, or");
    do_import("b", &rootless, "");
    do_import("b", &whole, replace);
    do_import("c", &anchors, "");
    do_import("c", &whole, replace);
}

TEST(anchors_are_no_leaf_with_a_key_alone)
{
    do_import("Set-1", &anchors, "");
    import_bad(&rootless, "ca.pem would be gone");
    do_import("Set-1", &anchors, replace);
}

TEST(an_accepted_loss_is_reported_and_the_same_again_is_no_change)
{
    do_import("Set-1", &whole, "");
    CLEANUP(asked_done) struct asked asked = ask_import("Set-1", &anchors, accepting);
    assert_true(asked.outcome.commit.changed);
    assert_int_equal(asked.outcome.findings.waived, UINT32_C(1) << REASON_LOSES_FILES);
    expect_files(LOSS_CA);
    CLEANUP(asked_done) struct asked again = ask_import("Set-1", &anchors, accepting);
    assert_false(again.outcome.commit.changed);
}

TEST(nothing_is_lost_where_nothing_was_served)
{
    CLEANUP(asked_done) struct asked asked = ask_import("Set-1", &anchors, accepting);
    assert_int_equal(asked.outcome.findings.waived, 0);
}

TEST(restoring_asks_as_well)
{
    do_import("Set-1", &anchors, "");
    do_import("Set-1", &whole, replace);
    ask_bad("{\"Action\":\"RestorePrevious\",\"CertificateIdentifier\":\"Set-1\"}", REASON_LOSES_FILES, "",
            "the previous set has no cert.pem and key.pem: import a whole set, or");
    expect_files(ALL);
    CLEANUP(asked_done)
    struct asked asked = ask_good("{\"Action\":\"RestorePrevious\",\"CertificateIdentifier\":\"Set-1\",\"Accept\":"
                                  "[\"loses_files\"]}");
    assert_int_equal(asked.outcome.findings.waived, UINT32_C(1) << REASON_LOSES_FILES);
    expect_files(LOSS_CA);
    do_good("{\"Action\":\"RestorePrevious\",\"CertificateIdentifier\":\"Set-1\"}");
    expect_files(ALL);
}

TEST(every_sentence_is_whole)
{
    for (unsigned lost = 1; lost < 16; lost++) {
        struct fault f = {0}, previous = {0};
        law_expect(loss_refuse(lost, "CertificatePem", &f), &f, REASON_LOSES_FILES);
        law_expect(loss_refuse_previous(lost, &previous), &previous, REASON_LOSES_FILES);
        if (strstr(f.message, "[\"loses_files\"]") == NULL || strstr(previous.message, "[\"loses_files\"]") == NULL)
            fail_msg("\"%s\" or \"%s\" is cut", f.message, previous.message);
    }
}

static void setup(void)
{
    pki_make(&pki, pki_key(2));
    pki_make(&other, pki_key(9));
    add_bytes(&public, buf_span(&pki.cert));
    add_bytes(&public, buf_span(&pki.ca));
    add_bytes(&whole, buf_span(&public));
    add_bytes(&whole, buf_span(&pki.key));
    add_bytes(&rootless, buf_span(&pki.cert));
    add_bytes(&rootless, buf_span(&pki.key));
    add_bytes(&anchors, buf_span(&pki.ca));
}

static void teardown(void)
{
    struct buf *const all[] = {&whole, &public, &anchors, &rootless};
    for (size_t i = 0; i < COUNT_OF(all); i++)
        buf_done(all[i]);
    pki_done(&pki);
    pki_done(&other);
}

EACH_TEST(asking_setup, asking_teardown);
ALL_TESTS(setup, teardown);

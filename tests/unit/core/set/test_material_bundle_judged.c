/* material from CertificatePem: judged as far as what is there allows. */
#include "core/draft/build.h"
#include "core/set/material.h"

#include <string.h>

#include "tests/unit/lib/bundles.h"
#include "tests/unit/lib/harness.h"

#define WAIVED(reason) (UINT32_C(1) << (reason))

static struct pki pki;

/* A leaf and its key, and what stands behind it. */
static int build_leaf(struct pki_spec spec, const X509 *behind, uint32_t accepted, struct material **ret,
                      struct fault *f)
{
    CLEANUP(buf_done) struct buf text = {0};
    spec.name = "leaf";
    spec.key = spec.key == NULL ? pki_key(3) : spec.key;
    spec.issuer = pki.root;
    spec.issuer_key = pki.root_key;
    X509 *leaf = pki_certificate(&spec);
    pki_write_certificate(&text, leaf);
    pki_write_key(&text, spec.key);
    if (behind != NULL)
        pki_write_certificate(&text, behind);
    X509_free(leaf);
    return bundle_build(buf_span(&text), accepted, ret, f);
}

/* Time, strength and purpose, whether or not there is an anchor to trust. */
TEST(policy_refuses_with_and_without_an_anchor_and_can_be_waived)
{
    const struct {
        struct pki_spec spec;
        enum reason reason;
    } rows[] = {
        {{.from = -100, .until = -10}, REASON_EXPIRED},
        {{.from = 100, .until = 1000}, REASON_NOT_YET_VALID},
        {{.key = pki_small_rsa_key()}, REASON_WEAK_KEY},
        {{.purpose = "codeSigning"}, REASON_WRONG_PURPOSE},
    };
    const X509 *const behind[] = {pki.root, NULL};
    for (size_t i = 0; i < COUNT_OF(rows) * COUNT_OF(behind); i++) {
        const X509 *anchor = behind[i % COUNT_OF(behind)];
        enum reason reason = rows[i / COUNT_OF(behind)].reason;
        struct pki_spec spec = rows[i / COUNT_OF(behind)].spec;
        struct material *material;
        struct fault f = {0};
        law_expect(build_leaf(spec, anchor, ~WAIVED(reason), &material, &f), &f, reason);
        assert_string_equal(f.field, "CertificatePem");
        assert_non_null(strstr(f.message, "certificate 1 of CertificatePem (CN=leaf)"));
        fault_clear(&f);
        law_expect(build_leaf(spec, anchor, WAIVED(reason), &material, &f), &f, REASON_NONE);
        assert_int_equal(material_findings(material)->waived, WAIVED(reason));
        material_unref(material);
    }
}

TEST(where_there_is_an_anchor_the_leaf_must_lead_to_it)
{
    X509 *stranger = pki_certificate(&(struct pki_spec){.name = "Stranger", .key = pki_key(9), .kind = PKI_CA});
    struct material *material;
    struct fault f = {0};
    law_expect(build_leaf((struct pki_spec){.kind = PKI_LEAF}, stranger, 0, &material, &f), &f, REASON_UNTRUSTED_CHAIN);
    assert_string_equal(f.field, "CertificatePem");
    assert_string_equal(f.message,
                        "certificate 1 of CertificatePem was issued by CN=Test Root, missing in CertificatePem");
    fault_clear(&f);
    law_expect(build_leaf((struct pki_spec){.kind = PKI_LEAF}, stranger, WAIVED(REASON_UNTRUSTED_CHAIN), &material, &f),
               &f, REASON_NONE);
    assert_int_equal(material_findings(material)->waived, WAIVED(REASON_UNTRUSTED_CHAIN));
    material_unref(material);
    X509_free(stranger);
}

TEST(where_there_is_none_trust_is_not_judged)
{
    struct material *material;
    struct fault f = {0};
    law_expect(build_leaf((struct pki_spec){.kind = PKI_LEAF}, NULL, 0, &material, &f), &f, REASON_NONE);
    assert_int_equal(material_findings(material)->waived, 0);
    assert_int_equal(material_findings(material)->warning_count, 0);
    material_unref(material);
}

/* Everything about it is right, but TLS has no use for its curve: only the handshake shows it, anchor or not. */
TEST(a_set_that_cannot_shake_hands_is_refused)
{
    EVP_PKEY *key = EVP_EC_gen("secp256k1");
    struct material *material;
    struct fault f = {0};
    law_expect(build_leaf((struct pki_spec){.key = key}, pki.root, 0, &material, &f), &f, REASON_HANDSHAKE_FAILED);
    fault_clear(&f);
    law_expect(build_leaf((struct pki_spec){.key = key}, NULL, 0, &material, &f), &f, REASON_HANDSHAKE_FAILED);
    EVP_PKEY_free(key);
}

TEST(a_corrupt_private_half_is_a_mismatch_with_and_without_an_anchor)
{
    CLEANUP(buf_done) struct buf text = {0};
    struct material *material;
    bundle_add_corrupt_key(&text, pki.leaf_key);
    add_bytes(&text, buf_span(&pki.cert));
    for (int round = 0; round < 2; round++) {
        struct fault f = {0};
        law_expect(bundle_build(buf_span(&text), 0, &material, &f), &f, REASON_KEY_MISMATCH);
        assert_string_equal(f.field, "CertificatePem");
        assert_string_equal(f.message, "the private key is damaged: its private half does not fit its public half");
        pki_write_certificate(&text, pki.root);
    }
}

TEST(a_stray_certificate_is_warned_about)
{
    CLEANUP(buf_done) struct buf text = {0};
    X509 *stray = pki_certificate(&(struct pki_spec){
        .name = "stray", .key = pki_key(9), .issuer = pki.root, .issuer_key = pki.root_key, .kind = PKI_CA});
    bundle_of(&pki, &text);
    pki_write_certificate(&text, stray);
    CLEANUP(material_unrefp) struct material *material = bundle_must_build(&text);
    bundle_expect_warning(material, WARNING_OFF_PATH,
                          "certificate 4 of CertificatePem (CN=stray) is not on the path to a CA");
    X509_free(stray);
}

TEST(bad_anchors_are_counted_and_stay)
{
    CLEANUP(buf_done) struct buf text = {0};
    X509 *expired = pki_certificate(
        &(struct pki_spec){.name = "Old Root", .key = pki_key(9), .kind = PKI_CA, .from = -2000, .until = -1000});
    pki_write_certificate(&text, pki.root);
    pki_write_certificate(&text, expired);
    pki_write_certificate(&text, pki.leaf);
    CLEANUP(material_unrefp) struct material *material = bundle_must_build(&text);
    bundle_expect_warning(material, WARNING_EXPIRED_ANCHORS,
                          "1 of 3 certificates is expired: certificate 2 of CertificatePem (CN=Old Root)");
    bundle_expect_warning(material, WARNING_WEAK_ANCHORS,
                          "1 of 3 certificates is not a CA: certificate 3 of CertificatePem (CN=db.example.com)");
    bundle_expect_file(material, MATERIAL_CA, &text);
    X509_free(expired);
}

TEST(a_ca_as_leaf_is_warned_about)
{
    CLEANUP(buf_done) struct buf text = {0};
    pki_write_certificate(&text, pki.intermediate);
    pki_write_key(&text, pki.intermediate_key);
    struct material *material;
    struct fault f = {0};
    law_expect(bundle_build(buf_span(&text), WAIVED(REASON_WRONG_PURPOSE), &material, &f), &f, REASON_NONE);
    bundle_expect_warning(material, WARNING_CA_AS_LEAF, "is a CA: anyone");
    material_unref(material);
}

TEST(a_short_lifetime_is_warned_about_by_its_place_in_the_text)
{
    struct material *material;
    struct fault f = {0};
    law_expect(
        build_leaf((struct pki_spec){.from = -100 * PKI_DAY, .until = 9 * PKI_DAY + 5}, pki.root, 0, &material, &f), &f,
        REASON_NONE);
    bundle_expect_warning(material, WARNING_SHORT_LIFETIME,
                          "certificate 1 of CertificatePem (CN=leaf) has 9 days left");
    material_unref(material);
}

/* ---- restoring ---- */

TEST(a_set_that_policy_would_refuse_today_is_restored_with_a_warning)
{
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
    struct material *material = NULL;
    struct fault f = {0};
    bundle_of(&pki, &text);
    add_bytes(&request.set.certificate_pem, buf_span(&text));
    law_expect(material_restore(&request.set, PKI_NOW + 400 * (int64_t)PKI_DAY, &material, &f), &f, REASON_NONE);
    assert_true(material_is_bundle(material));
    bundle_expect_file(material, MATERIAL_CERT, &pki.cert);
    bool told = false;
    struct findings findings;
    material_findings_at(material, PKI_NOW + 400 * (int64_t)PKI_DAY, &findings);
    for (size_t i = 0; i < findings.warning_count; i++)
        told = told || findings.warnings[i].warning == WARNING_FAILS_TODAY;
    assert_true(told);
    material_unref(material);
}

static void before_all(void)
{
    start_core();
    pki_make(&pki, pki_key(2));
}

static void after_all(void)
{
    pki_done(&pki);
}

ALL_TESTS(before_all, after_all);

/* material from CertificatePem: which files there are. */
#include "core/draft/build.h"
#include "core/set/material.h"

#include <openssl/err.h>

#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/bundles.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/mutate.h"
#include "tests/unit/lib/wire_judging.h"

static struct pki pki;

/* ---- which files ---- */

TEST(trust_anchors_alone_are_ca_pem_alone)
{
    CLEANUP(buf_done) struct buf text = {0};
    X509 *second = pki_certificate(&(struct pki_spec){.name = "Second Root", .key = pki_key(9), .kind = PKI_CA});
    pki_write_certificate(&text, pki.root);
    pki_write_certificate(&text, second);
    CLEANUP(material_unrefp) struct material *material = bundle_must_build(&text);
    bundle_expect_file(material, MATERIAL_CA, &text);
    bundle_expect_file(material, MATERIAL_CERT, NULL);
    bundle_expect_file(material, MATERIAL_KEY, NULL);
    assert_string_equal(material_facts(material)->subject, "CN=Test Root");
    assert_int_equal(material_findings(material)->warning_count, 0);
    X509_free(second);
}

TEST(with_a_key_there_are_all_three)
{
    CLEANUP(buf_done) struct buf text = {0}, key = {0};
    bundle_of(&pki, &text);
    CLEANUP(material_unrefp) struct material *material = bundle_must_build(&text);
    pki_write_key(&key, pki.leaf_key);
    bundle_expect_file(material, MATERIAL_CA, &pki.ca);
    bundle_expect_file(material, MATERIAL_CERT, &pki.cert);
    bundle_expect_file(material, MATERIAL_KEY, &key);
    assert_string_equal(material_facts(material)->subject, "CN=db.example.com");
    assert_int_equal(material_findings(material)->repair_count, 0);
    assert_int_equal(material_findings(material)->warning_count, 0);
}

TEST(an_rsa_key_is_served_as_pkcs1)
{
    struct pki rsa;
    CLEANUP(buf_done) struct buf text = {0}, key = {0};
    pki_make(&rsa, pki_rsa_key());
    bundle_of(&rsa, &text);
    CLEANUP(material_unrefp) struct material *material = bundle_must_build(&text);
    pki_write_traditional_key(&key, pki_rsa_key());
    bundle_expect_file(material, MATERIAL_KEY, &key);
    pki_done(&rsa);
}

TEST(without_a_root_there_is_no_ca_pem)
{
    CLEANUP(buf_done) struct buf text = {0};
    add_bytes(&text, buf_span(&pki.key));
    add_bytes(&text, buf_span(&pki.cert));
    CLEANUP(material_unrefp) struct material *material = bundle_must_build(&text);
    bundle_expect_file(material, MATERIAL_CA, NULL);
    bundle_expect_file(material, MATERIAL_CERT, &pki.cert);
}

TEST(the_chain_is_put_in_order_and_reported)
{
    CLEANUP(buf_done) struct buf text = {0};
    pki_write_certificate(&text, pki.root);
    pki_write_certificate(&text, pki.intermediate);
    pki_write_key(&text, pki.leaf_key);
    pki_write_certificate(&text, pki.leaf);
    CLEANUP(material_unrefp) struct material *material = bundle_must_build(&text);
    bundle_expect_file(material, MATERIAL_CERT, &pki.cert);
    bundle_expect_file(material, MATERIAL_CA, &pki.ca);
    const struct findings *findings = material_findings(material);
    assert_int_equal(findings->repair_count, 1);
    assert_int_equal(findings->repairs[0].repair, REPAIR_CHAIN_ORDER);
    assert_string_equal(findings->repairs[0].field, "CertificatePem");
}

TEST(a_self_signed_leaf_stands_in_both_and_that_is_pinning)
{
    CLEANUP(buf_done) struct buf text = {0}, cert = {0};
    X509 *alone = pki_certificate(&(struct pki_spec){.name = "alone", .key = pki_key(9)});
    pki_write_certificate(&cert, alone);
    add_bytes(&text, buf_span(&cert));
    pki_write_key(&text, pki_key(9));
    CLEANUP(material_unrefp) struct material *material = bundle_must_build(&text);
    bundle_expect_file(material, MATERIAL_CA, &cert);
    bundle_expect_file(material, MATERIAL_CERT, &cert);
    bundle_expect_warning(material, WARNING_PINNING, "ca.pem holds the certificate itself");
    X509_free(alone);
}

/* The same three files, whatever they came as. */
TEST(a_bundle_equals_the_fields_that_it_is_made_of)
{
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
    struct material *fields = NULL;
    struct fault f = {0};
    bundle_of(&pki, &text);
    CLEANUP(material_unrefp) struct material *bundle = bundle_must_build(&text);
    add_bytes(&request.set.ssl_ca, buf_span(&pki.ca));
    add_bytes(&request.set.ssl_cert, buf_span(&pki.cert));
    add_bytes(&request.set.ssl_key, buf_span(&pki.key));
    law_expect(material_build_by_wire(&request.set, NULL, PKI_NOW, &fields, &f), &f, REASON_NONE);
    assert_true(material_equal(bundle, fields));
    assert_false(material_is_bundle(fields));
    material_unref(fields);
}

TEST(sets_that_lack_a_file_are_equal_to_their_like_alone)
{
    CLEANUP(buf_done) struct buf whole = {0}, bare = {0}, anchors = {0};
    bundle_of(&pki, &whole);
    pki_write_key(&bare, pki.leaf_key);
    add_bytes(&bare, buf_span(&pki.cert));
    pki_write_certificate(&anchors, pki.root);
    const struct buf *const texts[] = {&whole, &bare, &anchors};
    struct material *sets[COUNT_OF(texts)], *same[COUNT_OF(texts)];
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        sets[i] = bundle_must_build(texts[i]);
        same[i] = bundle_must_build(texts[i]);
    }
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        for (size_t j = 0; j < COUNT_OF(texts); j++)
            assert_int_equal(material_equal(sets[i], same[j]), i == j);
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        material_revoke(sets[i]);
        material_unref(sets[i]);
        material_unref(same[i]);
    }
}

/* ---- hostile and unlucky ---- */

static void take_mutant(struct span mutant, void *context)
{
    size_t *taken = context;
    struct material *material;
    struct fault f = {0};
    if (bundle_build(mutant, 0, &material, &f) != 0)
        return;
    ++*taken;
    assert_int_equal(material_content(material, MATERIAL_KEY) != NULL,
                     material_content(material, MATERIAL_CERT) != NULL);
    material_unref(material);
}

TEST(every_mutant_keeps_the_law)
{
    CLEANUP(buf_done) struct buf text = {0};
    size_t taken = 0;
    bundle_of(&pki, &text);
    size_t count = mutate_each(buf_span(&text), 13, take_mutant, &taken);
    assert_in_range(taken, 1, count / 2);
}

static void attempt(void *context)
{
    CLEANUP(material_unrefp) struct material *material = NULL;
    const struct request_set *set = context;
    struct fault f = {0};
    int result = material_build_by_wire(set, NULL, PKI_NOW, &material, &f);
    law_check(result, &f, (struct span){NULL, 0});
    assert_int_equal(material != NULL, result == 0);
    ERR_clear_error();
}

TEST(failed_allocations_anywhere_keep_the_law)
{
    CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
    bundle_of(&pki, &request.set.certificate_pem);
    attempt(&request.set);
    bool failed = true;
    for (size_t nth = 1; failed; nth += nth < 400 ? 1 : 37) {
        alloc_fail(nth);
        attempt(&request.set);
        failed = alloc_has_failed();
        alloc_fail(0);
        assert_in_range(nth, 1, 1000000);
    }
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

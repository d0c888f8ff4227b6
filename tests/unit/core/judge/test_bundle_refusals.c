/*
 * Texts that are not a CertificatePem, and the position in the message.
 */
#include "core/judge/bundle.h"

#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include "core/x509/cert_list.h"
#include "tests/unit/lib/bundles.h"
#include "tests/unit/lib/harness.h"

static struct pki pki;

static void expect_refusal(const struct buf *text, enum reason reason, const char *part)
{
    struct given given = {.chain = NULL};
    EVP_PKEY *key = NULL;
    X509 *leaf = NULL;
    struct findings findings = {0};
    struct fault f = {0};
    int result = bundle_parse(buf_span(text), &(struct budget){BUDGET_STEPS}, &given, &key, &leaf, &findings, &f);
    law_check(result, &f, (struct span){pki.key.data + 30, pki.key.len - 60});
    law_expect(result, &f, reason);
    assert_string_equal(f.field, "CertificatePem");
    if (strstr(f.message, part) == NULL)
        fail_msg("\"%s\" does not contain \"%s\"", f.message, part);
    if (strstr(f.message, "ssl_") != NULL)
        fail_msg("\"%s\" speaks of a field that is not there", f.message);
    assert_int_equal(ERR_peek_error(), 0);
    given_done(&given);
    EVP_PKEY_free(key);
}

TEST(a_text_without_a_certificate_is_refused)
{
    CLEANUP(buf_done)
    struct buf empty = {0}, text = {0}, key = {0}, encrypted = {0}, traditional = {0}, parameters = {0};
    expect_refusal(&empty, REASON_MALFORMED_PEM, "CertificatePem");
    add_text(&text, "this is no PEM");
    expect_refusal(&text, REASON_MALFORMED_PEM, "CertificatePem");
    pki_write_key(&key, pki.leaf_key);
    expect_refusal(&key, REASON_WRONG_BLOCK, "holds a private key alone; its certificate is needed too");
    add_text(&encrypted, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n");
    expect_refusal(&encrypted, REASON_ENCRYPTED_KEY, "the private key is encrypted");
    add_text(&traditional, "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n"
                           "MAA=\n-----END RSA PRIVATE KEY-----\n");
    expect_refusal(&traditional, REASON_ENCRYPTED_KEY, "the private key is encrypted");
    bundle_add_parameters(&parameters);
    expect_refusal(&parameters, REASON_WRONG_BLOCK, "no certificate");
}

TEST(two_keys_are_refused_at_any_position)
{
    CLEANUP(buf_done) struct buf same = {0}, other = {0};
    bundle_of(&pki, &same);
    pki_write_key(&same, pki.leaf_key);
    expect_refusal(&same, REASON_WRONG_BLOCK, "two private keys");
    pki_write_key(&other, pki_key(9));
    bundle_of(&pki, &other);
    expect_refusal(&other, REASON_WRONG_BLOCK, "two private keys");
}

TEST(an_encrypted_key_is_refused)
{
    CLEANUP(buf_done) struct buf modern = {0}, old = {0};
    pki_write_certificate(&modern, pki.leaf);
    bundle_add_encrypted_key(&modern, pki.leaf_key);
    expect_refusal(&modern, REASON_ENCRYPTED_KEY, "encrypted");
    pki_write_certificate(&old, pki.leaf);
    add_text(&old, "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n"
                   "-----END RSA PRIVATE KEY-----\n");
    expect_refusal(&old, REASON_ENCRYPTED_KEY, "encrypted");
}

TEST(parameters_without_their_key_are_refused)
{
    CLEANUP(buf_done) struct buf text = {0};
    pki_write_certificate(&text, pki.leaf);
    bundle_add_parameters(&text);
    expect_refusal(&text, REASON_WRONG_BLOCK, "no private key");
}

TEST(a_key_of_none_of_them_is_a_mismatch)
{
    EVP_PKEY *const keys[] = {pki_key(9), pki_rsa_key(), pki_ed25519_key()};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        CLEANUP(buf_done) struct buf one = {0};
        pki_write_key(&one, keys[i]);
        pki_write_certificate(&one, pki.leaf);
        pki_write_certificate(&one, pki.root);
        expect_refusal(&one, REASON_KEY_MISMATCH, "belongs to none of the 2 certificates");
    }
}

/* The message names the near miss: the key belongs to the chain, not to the leaf. */
TEST(the_key_of_a_ca_after_another_certificate_is_named)
{
    CLEANUP(buf_done) struct buf intermediate = {0}, root = {0};
    add_bytes(&intermediate, buf_span(&pki.cert));
    pki_write_key(&intermediate, pki.intermediate_key);
    expect_refusal(&intermediate, REASON_KEY_MISMATCH, "certificate 2 of CertificatePem (CN=Test Intermediate), a CA");
    pki_write_key(&root, pki.root_key);
    add_bytes(&root, buf_span(&pki.cert));
    pki_write_certificate(&root, pki.root);
    expect_refusal(&root, REASON_KEY_MISMATCH, "certificate 3 of CertificatePem (CN=Test Root), a CA");
}

/* Block numbers count the whole text, including keys and parameters. */
TEST(other_blocks_are_named_by_their_position)
{
    CLEANUP(buf_done) struct buf request = {0}, list = {0}, public = {0}, openssh = {0}, broken = {0};
    bundle_of(&pki, &request);
    bundle_add_request(&request, pki.leaf_key);
    expect_refusal(&request, REASON_WRONG_BLOCK, "block 5 of CertificatePem is a certificate request");
    bundle_add_parameters(&list);
    pki_write_key(&list, pki.leaf_key);
    bundle_add_revocations(&list, pki.root, pki.root_key);
    expect_refusal(&list, REASON_WRONG_BLOCK, "block 3 of CertificatePem is a revocation list");
    pki_write_certificate(&public, pki.leaf);
    bundle_add_public_key(&public, pki.leaf_key);
    expect_refusal(&public, REASON_WRONG_BLOCK, "block 2 of CertificatePem is a bare public key");
    pki_write_certificate(&openssh, pki.leaf);
    add_text(&openssh, "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n");
    expect_refusal(&openssh, REASON_WRONG_BLOCK, "block 2 of CertificatePem");
    pki_write_key(&broken, pki.leaf_key);
    add_text(&broken, "-----BEGIN CERTIFICATE-----\nMAMBAQA=\n-----END CERTIFICATE-----\n");
    expect_refusal(&broken, REASON_MALFORMED_PEM, "block 2 of CertificatePem holds no valid X.509 certificate");
}

/* The leaf and `count` unrelated CAs. */
static void write_long_chain(int others, struct buf *ret)
{
    pki_write_certificate(ret, pki.leaf);
    for (int i = 0; i < others; i++) {
        char name[32];
        snprintf(name, sizeof(name), "CA %d", i);
        X509 *ca = pki_certificate(&(struct pki_spec){
            .name = name, .key = pki.intermediate_key, .issuer = pki.root, .issuer_key = pki.root_key, .kind = PKI_CA});
        pki_write_certificate(ret, ca);
        X509_free(ca);
    }
}

TEST(a_chain_has_at_most_32_certificates_and_trust_anchors_are_not_counted)
{
    CLEANUP(buf_done) struct buf text = {0};
    write_long_chain(CERTIFICATES_IN_CHAIN_MAX, &text);
    struct given given = {.chain = NULL};
    EVP_PKEY *key;
    X509 *leaf;
    struct findings findings = {0};
    struct fault f = {0};
    law_expect(bundle_parse(buf_span(&text), &(struct budget){BUDGET_STEPS}, &given, &key, &leaf, &findings, &f), &f,
               REASON_NONE);
    assert_int_equal(sk_X509_num(given.anchors), CERTIFICATES_IN_CHAIN_MAX + 1);
    given_done(&given);
    pki_write_key(&text, pki.leaf_key);
    expect_refusal(&text, REASON_TOO_LARGE, "more than 32 certificates");
}

TEST(exactly_32_are_accepted)
{
    CLEANUP(buf_done) struct buf text = {0};
    struct given given = {.chain = NULL};
    EVP_PKEY *key;
    X509 *leaf;
    struct findings findings = {0};
    struct fault f = {0};
    write_long_chain(CERTIFICATES_IN_CHAIN_MAX - 1, &text);
    pki_write_key(&text, pki.leaf_key);
    pki_write_certificate(&text, pki.root);
    law_expect(bundle_parse(buf_span(&text), &(struct budget){BUDGET_STEPS}, &given, &key, &leaf, &findings, &f), &f,
               REASON_NONE);
    assert_int_equal(sk_X509_num(given.chain), CERTIFICATES_IN_CHAIN_MAX);
    assert_int_equal(sk_X509_num(given.anchors), 1);
    given_done(&given);
    EVP_PKEY_free(key);
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

/*
 * The leaf and the chain of a wallet; all other certificates are anchors.
 */
#include "core/judge/wallet_set.h"

#include <string.h>

#include <openssl/err.h>

#include "core/about/findings.h"
#include "core/x509/cert_list.h"
#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/pki.h"

static struct pki pki;
static X509 *stranger, *stranger_leaf, *stranger_root; /* an unrelated intermediate, a leaf below it, a root */

/* The result of splitting. */
struct made {
    struct given given;
    EVP_PKEY *key;
    X509 *leaf;
    struct budget budget;
    struct fault fault;
    int result;
};

static void made_done(struct made *made)
{
    given_done(&made->given);
    EVP_PKEY_free(made->key);
}

static struct made make_of(const struct pem *blocks)
{
    struct made made = {.budget = {BUDGET_STEPS}};
    struct findings findings = {.repair_count = 0};
    made.result = wallet_set_read(blocks, &made.budget, &made.given, &made.key, &made.leaf, &findings, &made.fault);
    law_check(made.result, &made.fault, (struct span){NULL, 0});
    assert_int_equal(ERR_peek_error(), 0);
    return made;
}

static void add_key(struct pem *blocks, EVP_PKEY *key)
{
    unsigned char *der = NULL;
    struct fault f = {0};
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
    int length = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
    assert_true(length > 0);
    law_expect(pem_add(blocks, "PRIVATE KEY", (struct span){der, (size_t)length}, &f), &f, REASON_NONE);
    OPENSSL_clear_free(der, (size_t)length);
    PKCS8_PRIV_KEY_INFO_free(info);
}

static void add_certificate(struct pem *blocks, const X509 *certificate)
{
    unsigned char *der = NULL;
    struct fault f = {0};
    int length = i2d_X509(certificate, &der);
    assert_true(length > 0);
    law_expect(pem_add(blocks, "CERTIFICATE", (struct span){der, (size_t)length}, &f), &f, REASON_NONE);
    OPENSSL_free(der);
}

/* The list must hold these certificates in this order, up to a NULL. */
static void expect_list(const STACK_OF(X509) *list, X509 *const expected[])
{
    int count = 0;
    for (; expected[count] != NULL; count++)
        assert_true(count < sk_X509_num(list) && X509_cmp(sk_X509_value(list, count), expected[count]) == 0);
    assert_int_equal(sk_X509_num(list), count);
}

#define LIST(...) ((X509 *const[]){__VA_ARGS__, NULL})

static void expect_made(const struct pem *blocks, X509 *const chain[], X509 *const anchors[])
{
    CLEANUP(made_done) struct made made = make_of(blocks);
    law_expect(made.result, &made.fault, REASON_NONE);
    assert_int_equal(made.key != NULL, chain[0] != NULL);
    assert_true(made.leaf == NULL || X509_cmp(made.leaf, chain[0]) == 0);
    expect_list(made.given.chain, chain);
    expect_list(made.given.anchors, anchors);
}

static void expect_refused(const struct pem *blocks, enum reason reason, const char *part)
{
    CLEANUP(made_done) struct made made = make_of(blocks);
    law_expect(made.result, &made.fault, reason);
    assert_string_equal(made.fault.field, "CertificateWallet");
    if (strstr(made.fault.message, part) == NULL)
        fail_msg("\"%s\" does not contain \"%s\"", made.fault.message, part);
}

/* Oracle adds intermediates of its own clouds to the trusted certificates, unrelated to any leaf. */
TEST(possible_issuers_are_the_chain_and_all_others_are_anchors)
{
    CLEANUP(pem_done) struct pem blocks = {0};
    add_certificate(&blocks, pki.root);
    add_certificate(&blocks, stranger);
    add_certificate(&blocks, pki.intermediate);
    add_certificate(&blocks, pki.leaf);
    add_certificate(&blocks, stranger_leaf);
    add_key(&blocks, pki.leaf_key);
    expect_made(&blocks, LIST(pki.leaf, pki.intermediate), LIST(pki.root, stranger, stranger_leaf));
}

TEST(without_a_key_all_are_trusted)
{
    CLEANUP(pem_done) struct pem blocks = {0};
    add_certificate(&blocks, pki.leaf);
    add_certificate(&blocks, pki.root);
    add_certificate(&blocks, pki.leaf);
    expect_made(&blocks, ((X509 *const[]){NULL}), LIST(pki.leaf, pki.root));
}

TEST(a_leaf_that_is_a_root_is_its_own_anchor)
{
    CLEANUP(pem_done) struct pem blocks = {0};
    add_certificate(&blocks, stranger_root);
    add_certificate(&blocks, pki.root);
    add_certificate(&blocks, pki.root);
    add_key(&blocks, pki.root_key);
    expect_made(&blocks, LIST(pki.root), LIST(stranger_root, pki.root));
}

TEST(keys_of_unsigned_requests_are_ignored)
{
    CLEANUP(pem_done) struct pem blocks = {0};
    add_key(&blocks, pki_key(50));
    add_certificate(&blocks, pki.leaf);
    add_certificate(&blocks, pki.root);
    expect_refused(&blocks, REASON_KEY_MISMATCH, "belongs to none of the wallet's certificates");
    add_key(&blocks, pki.leaf_key);
    add_key(&blocks, pki_key(51));
    expect_made(&blocks, LIST(pki.leaf), LIST(pki.root));
    add_key(&blocks, pki_key(52));
    add_key(&blocks, pki_key(53));
    expect_refused(&blocks, REASON_WRONG_BLOCK, "too many private keys");
}

TEST(two_keys_with_certificates_are_refused)
{
    CLEANUP(pem_done) struct pem blocks = {0};
    add_certificate(&blocks, pki.leaf);
    add_certificate(&blocks, stranger_leaf);
    add_key(&blocks, pki.leaf_key);
    add_key(&blocks, pki_key(12));
    expect_refused(&blocks, REASON_WRONG_BLOCK, "two keys of the wallet have a certificate");
}

TEST(invalid_certificates_and_keys_are_refused)
{
    CLEANUP(pem_done) struct pem blocks = {0}, more = {0};
    struct fault f = {0};
    law_expect(pem_add(&blocks, "CERTIFICATE", span_of("no DER"), &f), &f, REASON_NONE);
    expect_refused(&blocks, REASON_MALFORMED_PEM, "block 1 of CertificateWallet");
    add_certificate(&more, pki.leaf);
    law_expect(pem_add(&more, "PRIVATE KEY", span_of("no DER"), &f), &f, REASON_NONE);
    expect_refused(&more, REASON_MALFORMED_PEM, "no valid private key");
}

/* CAs that by name could all have issued each other and the leaf: the search must end. */
static void add_circle(struct pem *blocks, int count)
{
    for (int i = 0; i < count; i++) {
        X509 *ca = pki_certificate(&(struct pki_spec){
            .name = "a", .key = pki_key(9), .issuer = pki.root, .issuer_key = pki.root_key, .kind = PKI_CA});
        X509_set_issuer_name(ca, X509_get_subject_name(ca));
        assert_true(X509_sign(ca, pki_key(10), EVP_sha256()) > 0);
        add_certificate(blocks, ca);
        X509_free(ca);
    }
    X509 *leaf = pki_certificate(&(struct pki_spec){.name = "leaf", .key = pki_key(9), .kind = PKI_LEAF});
    X509_NAME *name = X509_NAME_new();
    assert_non_null(name);
    assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"a", -1, -1, 0), 1);
    X509_set_issuer_name(leaf, name);
    assert_true(X509_sign(leaf, pki_key(10), EVP_sha256()) > 0);
    add_certificate(blocks, leaf);
    X509_NAME_free(name);
    X509_free(leaf);
    add_key(blocks, pki_key(9));
}

TEST(a_chain_is_bounded)
{
    CLEANUP(pem_done) struct pem few = {0}, many = {0};
    add_circle(&few, CERTIFICATES_IN_CHAIN_MAX - 1);
    CLEANUP(made_done) struct made made = make_of(&few);
    law_expect(made.result, &made.fault, REASON_NONE);
    assert_int_equal(sk_X509_num(made.given.chain), CERTIFICATES_IN_CHAIN_MAX);
    assert_int_equal(sk_X509_num(made.given.anchors), 0);
    add_circle(&many, CERTIFICATES_IN_CHAIN_MAX);
    expect_refused(&many, REASON_TOO_LARGE, "could be the chain");
}

static void attempt(void *context)
{
    struct made made = make_of(context);
    made_done(&made);
}

TEST(each_failed_allocation_is_survived)
{
    CLEANUP(pem_done) struct pem blocks = {0};
    add_certificate(&blocks, pki.leaf);
    add_certificate(&blocks, pki.intermediate);
    add_certificate(&blocks, pki.root);
    add_key(&blocks, pki.leaf_key);
    attempt(&blocks); /* OpenSSL's lazy initialisation is done */
    assert_true(alloc_fail_each(attempt, &blocks) > 10);
}

static void make(void)
{
    start_core();
    pki_make(&pki, pki_key(3));
    stranger_root = pki_certificate(&(struct pki_spec){.name = "Cloud Root", .key = pki_key(10), .kind = PKI_CA});
    stranger = pki_certificate(&(struct pki_spec){
        .name = "Cloud CA", .key = pki_key(11), .issuer = stranger_root, .issuer_key = pki_key(10), .kind = PKI_CA});
    stranger_leaf = pki_certificate(
        &(struct pki_spec){.name = "cloud", .key = pki_key(12), .issuer = stranger, .issuer_key = pki_key(11)});
}

static void done(void)
{
    pki_done(&pki);
    X509_free(stranger_root);
    X509_free(stranger);
    X509_free(stranger_leaf);
}

ALL_TESTS(make, done);

#include "core/x509/cert_inspect.h"

#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/mutate.h"
#include "tests/unit/lib/pki.h"

static struct pki pki;

TEST(the_facts_are_those_of_the_certificate)
{
    struct cert_info facts;
    X509 *certificate = pki_certificate(&(struct pki_spec){.name = "db,1",
                                                           .key = pki_key(3),
                                                           .issuer = pki.root,
                                                           .issuer_key = pki.root_key,
                                                           .serial = 0x0a0b0c,
                                                           .from = -100,
                                                           .until = 1000});
    cert_inspect(certificate, &facts);
    assert_string_equal(facts.subject, "CN=db\\,1");
    assert_string_equal(facts.issuer, "CN=Test Root");
    assert_string_equal(facts.serial, "0A0B0C");
    assert_int_equal(facts.not_before, PKI_NOW - 100);
    assert_int_equal(facts.not_after, PKI_NOW + 1000);
    assert_string_equal(facts.key_algorithm, "EC");
    assert_int_equal(facts.key_bits, 256);
    assert_string_equal(facts.signature_algorithm, "ecdsa-with-SHA256");
    assert_int_equal(strlen(facts.sha256), 64);
    assert_int_equal(strspn(facts.sha256, "0123456789abcdef"), 64);
    X509_free(certificate);
}

TEST(the_fingerprint_is_of_the_whole_certificate)
{
    struct cert_info facts;
    unsigned char *der = NULL, digest[32];
    char text[65];
    int length = i2d_X509(pki.leaf, &der);
    assert_int_equal(EVP_Digest(der, (size_t)length, digest, NULL, EVP_sha256(), NULL), 1);
    for (size_t i = 0; i < sizeof(digest); i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    OPENSSL_free(der);
    cert_inspect(pki.leaf, &facts);
    assert_string_equal(facts.sha256, text);
}

TEST(every_kind_of_key_is_named)
{
    const struct {
        EVP_PKEY *key;
        const char *algorithm;
        int bits;
    } rows[] = {
        {pki_rsa_key(), "RSA", 2048},
        {pki_key(0), "EC", 256},
        {pki_ed25519_key(), "ED25519", 256},
        {pki_rsa_pss_key(), "RSA-PSS", 2048},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct cert_info facts;
        X509 *certificate = pki_certificate(&(struct pki_spec){.name = "x", .key = rows[i].key});
        cert_inspect(certificate, &facts);
        assert_string_equal(facts.key_algorithm, rows[i].algorithm);
        /* OpenSSL counts 253 bits of an Ed25519 key. */
        assert_in_range(facts.key_bits, rows[i].bits - 3, rows[i].bits);
        X509_free(certificate);
    }
}

TEST(long_names_are_truncated_and_unusual_ones_escaped)
{
    struct cert_info facts;
    char name[65];
    memset(name, '\x01', 64);
    name[64] = '\0';
    X509 *certificate = pki_certificate(&(struct pki_spec){.name = name, .key = pki_key(3)});
    cert_inspect(certificate, &facts);
    assert_memory_equal(facts.subject, "CN=\\01\\01", 9);
    assert_true(strlen(facts.subject) < CERT_INFO_NAME_SIZE);
    X509_free(certificate);
}

static void expect_readable(const char *text, size_t size)
{
    assert_true(strnlen(text, size) < size);
    for (; *text != '\0'; text++)
        assert_in_range(*text, ' ', '~');
}

static void take_mutant(struct span mutant, void *context)
{
    (void)context;
    const unsigned char *at = mutant.data;
    X509 *certificate = d2i_X509(NULL, &at, (long)mutant.len);
    ERR_clear_error();
    if (certificate == NULL)
        return;
    struct cert_info facts;
    cert_inspect(certificate, &facts);
    expect_readable(facts.subject, sizeof(facts.subject));
    expect_readable(facts.issuer, sizeof(facts.issuer));
    expect_readable(facts.serial, sizeof(facts.serial));
    expect_readable(facts.key_algorithm, sizeof(facts.key_algorithm));
    expect_readable(facts.signature_algorithm, sizeof(facts.signature_algorithm));
    expect_readable(facts.sha256, sizeof(facts.sha256));
    assert_int_equal(ERR_peek_error(), 0);
    X509_free(certificate);
}

TEST(the_facts_of_every_mutant_can_be_printed)
{
    unsigned char *der = NULL;
    int length = i2d_X509(pki.leaf, &der);
    mutate_each((struct span){der, (size_t)length}, 1, take_mutant, NULL);
    OPENSSL_free(der);
}

static void setup(void)
{
    pki_make(&pki, pki_key(2));
}

static void teardown(void)
{
    pki_done(&pki);
}

ALL_TESTS(setup, teardown);

#include "core/x509/private_key.h"

#include <string.h>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "core/pem/pem.h"
#include "core/x509/pair.h"
#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/mutate.h"
#include "tests/unit/lib/pki.h"

static struct buf ec_text;

static int parse(struct span text, EVP_PKEY **ret, struct findings *findings, struct fault *f)
{
    int result = private_key_parse(text, "ssl_key", &(struct budget){BUDGET_STEPS}, ret, findings, f);
    law_check(result, f, (struct span){ec_text.data + 28, ec_text.len - 56});
    assert_int_equal(*ret != NULL, result == 0);
    assert_int_equal(ERR_peek_error(), 0);
    return result;
}

static void expect_refusal(struct span text, enum reason reason, const char *message)
{
    EVP_PKEY *key = NULL;
    struct findings findings = {0};
    struct fault f = {0};
    law_expect(parse(text, &key, &findings, &f), &f, reason);
    assert_string_equal(f.field, "ssl_key");
    if (strstr(f.message, message) == NULL)
        fail_msg("\"%s\" does not contain %s", f.message, message);
}

/* Reads, writes and reads a key again: it is the same key, under this label. */
static void expect_round_trip(const struct buf *text, EVP_PKEY *expected, const char *label)
{
    CLEANUP(ossl_key_freep) EVP_PKEY *key = NULL;
    CLEANUP(ossl_key_freep) EVP_PKEY *again = NULL;
    CLEANUP(buf_done) struct buf written = {0}, twice = {0};
    struct findings findings = {0};
    struct fault f = {0};
    assert_int_equal(parse(buf_span(text), &key, &findings, &f), 0);
    assert_int_equal(findings.repair_count, 0);
    assert_int_equal(EVP_PKEY_eq(key, expected), 1);
    assert_int_equal(private_key_write(key, &written, &f), 0);
    assert_true(span_has(buf_span(&written), span_of(label)));
    assert_int_equal(parse(buf_span(&written), &again, &findings, &f), 0);
    assert_int_equal(EVP_PKEY_eq(again, expected), 1);
    assert_int_equal(private_key_write(again, &twice, &f), 0);
    assert_true(span_equal(buf_span(&written), buf_span(&twice)));
}

TEST(every_kind_of_key_is_read_and_written)
{
    const struct {
        EVP_PKEY *key;
        bool traditional; /* has its own form besides PKCS#8 */
        const char *label;
    } rows[] = {
        {pki_rsa_key(), true, "-----BEGIN RSA PRIVATE KEY-----\n"},
        {pki_key(0), true, "-----BEGIN PRIVATE KEY-----\n"},
        {pki_ed25519_key(), false, "-----BEGIN PRIVATE KEY-----\n"},
        {pki_rsa_pss_key(), false, "-----BEGIN PRIVATE KEY-----\n"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(buf_done) struct buf text = {0}, traditional = {0};
        pki_write_key(&text, rows[i].key);
        expect_round_trip(&text, rows[i].key, rows[i].label);
        if (!rows[i].traditional)
            continue;
        pki_write_traditional_key(&traditional, rows[i].key);
        expect_round_trip(&traditional, rows[i].key, rows[i].label);
    }
}

TEST(rsa_is_written_as_openssl_rsa_traditional_does)
{
    CLEANUP(buf_done) struct buf expected = {0}, written = {0};
    struct fault f = {0};
    pki_write_traditional_key(&expected, pki_rsa_key());
    assert_int_equal(private_key_write(pki_rsa_key(), &written, &f), 0);
    assert_true(span_equal(buf_span(&expected), buf_span(&written)));
}

TEST(others_are_written_as_openssl_pkey_does)
{
    EVP_PKEY *const keys[] = {pki_key(0), pki_ed25519_key(), pki_rsa_pss_key()};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        CLEANUP(buf_done) struct buf expected = {0}, written = {0};
        struct fault f = {0};
        pki_write_key(&expected, keys[i]);
        assert_int_equal(private_key_write(keys[i], &written, &f), 0);
        assert_true(span_equal(buf_span(&expected), buf_span(&written)));
    }
}

TEST(the_label_need_not_fit_the_structure)
{
    static const char *const labels[] = {"PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"};
    unsigned char *der = NULL;
    int length = i2d_PrivateKey(pki_rsa_key(), &der);
    for (size_t i = 0; i < COUNT_OF(labels); i++) {
        CLEANUP(buf_done) struct buf text = {0};
        CLEANUP(ossl_key_freep) EVP_PKEY *key = NULL;
        struct findings findings = {0};
        struct fault f = {0};
        assert_int_equal(pem_write(labels[i], (struct span){der, (size_t)length}, &text, &f), 0);
        assert_int_equal(parse(buf_span(&text), &key, &findings, &f), 0);
        assert_int_equal(EVP_PKEY_eq(key, pki_rsa_key()), 1);
    }
    OPENSSL_clear_free(der, (size_t)length);
}

TEST(ec_parameters_before_the_key_are_dropped_and_reported)
{
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(ossl_key_freep) EVP_PKEY *key = NULL;
    struct findings findings = {0};
    struct fault f = {0};
    static const unsigned char prime256v1[] = {0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07};
    assert_int_equal(pem_write("EC PARAMETERS", (struct span){prime256v1, sizeof(prime256v1)}, &text, &f), 0);
    pki_write_traditional_key(&text, pki_key(0));
    assert_int_equal(parse(buf_span(&text), &key, &findings, &f), 0);
    assert_int_equal(EVP_PKEY_eq(key, pki_key(0)), 1);
    assert_int_equal(findings.repair_count, 1);
    assert_int_equal(findings.repairs[0].repair, REPAIR_EC_PARAMETERS);
}

TEST(blocks_that_are_not_a_private_key_are_refused_by_name)
{
    static const struct {
        const char *label;
        enum reason reason;
        const char *message;
    } rows[] = {
        {"CERTIFICATE", REASON_WRONG_BLOCK, "ssl_cert"},
        {"TRUSTED CERTIFICATE", REASON_WRONG_BLOCK, "ssl_cert"},
        {"OPENSSH PRIVATE KEY", REASON_WRONG_BLOCK, "ssh-keygen"},
        {"PUBLIC KEY", REASON_WRONG_BLOCK, "public key"},
        {"CERTIFICATE REQUEST", REASON_WRONG_BLOCK, "request"},
        {"DSA PARAMETERS", REASON_WRONG_BLOCK, "is DSA PARAMETERS, which are not needed; leave them out"},
        {"DH PARAMETERS", REASON_WRONG_BLOCK, "is DH PARAMETERS, which are not needed; leave them out"},
        {"X9.42 DH PARAMETERS", REASON_WRONG_BLOCK, "is X9.42 DH PARAMETERS, which are not needed"},
        {"DSA PRIVATE KEY", REASON_WRONG_BLOCK, "is a DSA key, which TLS does not use; make an RSA or EC key"},
        {"TSS2 PRIVATE KEY", REASON_WRONG_BLOCK, "is a key in a TPM"},
        {"PGP MESSAGE", REASON_WRONG_BLOCK, "is encrypted by PGP; decrypt it first (gpg --decrypt)"},
        {"AGE ENCRYPTED FILE", REASON_WRONG_BLOCK, "is encrypted by age; decrypt it first (age --decrypt)"},
        {"PKCS7", REASON_WRONG_BLOCK, "is a PKCS#7 bundle, which holds no private key"},
        {"X509 CERTIFICATE", REASON_WRONG_BLOCK, "is a certificate; it belongs in ssl_cert"},
        {"ED25519 PRIVATE KEY", REASON_WRONG_BLOCK,
         "is labelled ED25519 PRIVATE KEY, which is no label; PRIVATE KEY is one"},
        {"PRIVATE KEYS", REASON_WRONG_BLOCK, "has a label that is not known; PRIVATE KEY is expected"},
        {"EC PARAMETERS", REASON_WRONG_BLOCK, "no private key"},
        {"ENCRYPTED PRIVATE KEY", REASON_ENCRYPTED_KEY, "encrypted"},
        {"PRIVATE KEY", REASON_MALFORMED_PEM, "no valid private key"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(buf_done) struct buf text = {0};
        struct fault f = {0};
        assert_int_equal(pem_write(rows[i].label, span_of("abc"), &text, &f), 0);
        expect_refusal(buf_span(&text), rows[i].reason, rows[i].message);
    }
}

TEST(two_keys_are_refused)
{
    CLEANUP(buf_done) struct buf text = {0};
    pki_write_key(&text, pki_key(0));
    pki_write_key(&text, pki_key(0));
    expect_refusal(buf_span(&text), REASON_WRONG_BLOCK, "two private keys");
}

TEST(a_key_with_a_certificate_beside_it_is_refused)
{
    CLEANUP(buf_done) struct buf text = {0};
    X509 *certificate = pki_certificate(&(struct pki_spec){.name = "x", .key = pki_key(0)});
    pki_write_key(&text, pki_key(0));
    pki_write_certificate(&text, certificate);
    X509_free(certificate);
    expect_refusal(buf_span(&text), REASON_WRONG_BLOCK, "block 2 of ssl_key is a certificate");
}

/* Both forms of encryption, under the right and a wrong label: refused without a prompt. */
TEST(an_encrypted_key_is_refused_without_a_prompt)
{
    char *data = NULL;
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, pki_key(0), EVP_aes_128_cbc(), "secret", 6, NULL, NULL), 1);
    long length = BIO_get_mem_data(bio, &data);
    expect_refusal((struct span){(unsigned char *)data, (size_t)length}, REASON_ENCRYPTED_KEY, "encrypted");
    BIO_free(bio);
    bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PrivateKey_traditional(bio, pki_key(0), EVP_aes_128_cbc(),
                                                          (const unsigned char *)"secret", 6, NULL, NULL),
                     1);
    length = BIO_get_mem_data(bio, &data);
    expect_refusal((struct span){(unsigned char *)data, (size_t)length}, REASON_ENCRYPTED_KEY, "encrypted");
    BIO_free(bio);
}

TEST(an_encrypted_key_under_a_plain_label_is_refused_without_a_prompt)
{
    CLEANUP(buf_done) struct buf text = {0};
    struct fault f = {0};
    unsigned char *der = NULL;
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(i2d_PKCS8PrivateKey_bio(bio, pki_key(0), EVP_aes_128_cbc(), "", 0, NULL, NULL), 1);
    long length = BIO_get_mem_data(bio, &der);
    assert_int_equal(pem_write("PRIVATE KEY", (struct span){der, (size_t)length}, &text, &f), 0);
    BIO_free(bio);
    EVP_PKEY *key = NULL;
    struct findings findings = {0};
    assert_int_equal(parse(buf_span(&text), &key, &findings, &f), -1);
}

TEST(bytes_after_a_key_are_refused)
{
    CLEANUP(buf_done) struct buf der = {0}, text = {0};
    struct fault f = {0};
    unsigned char *bytes = NULL;
    int length = i2d_PrivateKey(pki_key(0), &bytes);
    assert_int_equal(buf_append(&der, (struct span){bytes, (size_t)length}, &f), 0);
    assert_int_equal(buf_append_text(&der, "xx", &f), 0);
    OPENSSL_clear_free(bytes, (size_t)length);
    assert_int_equal(pem_write("EC PRIVATE KEY", buf_span(&der), &text, &f), 0);
    expect_refusal(buf_span(&text), REASON_MALFORMED_PEM, "bytes after");
}

TEST(a_corrupt_private_half_of_an_ec_key_is_inconsistent)
{
    CLEANUP(ossl_key_freep) EVP_PKEY *key = NULL;
    CLEANUP(buf_done) struct buf text = {0};
    struct findings findings = {0};
    struct fault f = {0};
    unsigned char *der = NULL;
    int length = i2d_PrivateKey(pki_key(0), &der);
    der[20] ^= 1; /* in SEC 1 the private number is at 7 to 38 */
    assert_int_equal(pem_write("EC PRIVATE KEY", (struct span){der, (size_t)length}, &text, &f), 0);
    OPENSSL_clear_free(der, (size_t)length);
    assert_int_equal(parse(buf_span(&text), &key, &findings, &f), 0);
    assert_int_equal(EVP_PKEY_eq(key, pki_key(0)), 1);
    assert_non_null(pair_trouble(key));
    assert_null(pair_trouble(pki_key(0)));
    assert_null(pair_trouble(pki_rsa_key()));
    assert_null(pair_trouble(pki_ed25519_key()));
    assert_int_equal(ERR_peek_error(), 0);
}

TEST(weak_keys_are_reported)
{
    assert_null(private_key_weakness(pki_rsa_key()));
    assert_null(private_key_weakness(pki_rsa_pss_key()));
    assert_null(private_key_weakness(pki_key(0)));
    assert_null(private_key_weakness(pki_ed25519_key()));
    assert_non_null(strstr(private_key_weakness(pki_small_rsa_key()), "under 2048"));
    assert_int_equal(ERR_peek_error(), 0);
}

TEST(explicit_curve_parameters_are_reported)
{
    CLEANUP(ossl_key_freep) EVP_PKEY *key = NULL;
    CLEANUP(ossl_key_freep) EVP_PKEY *decoded = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
    assert_int_equal(EVP_PKEY_keygen_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1), 1);
    assert_int_equal(EVP_PKEY_CTX_set_ec_param_enc(context, OPENSSL_EC_EXPLICIT_CURVE), 1);
    assert_int_equal(EVP_PKEY_keygen(context, &key), 1);
    EVP_PKEY_CTX_free(context);
    unsigned char *der = NULL;
    int length = i2d_PrivateKey(key, &der);
    const unsigned char *at = der;
    decoded = d2i_AutoPrivateKey(NULL, &at, length);
    OPENSSL_clear_free(der, (size_t)length);
    assert_non_null(decoded);
    assert_non_null(strstr(private_key_weakness(decoded), "explicit"));
}

static void take_mutant(struct span mutant, void *context)
{
    (void)context;
    CLEANUP(ossl_key_freep) EVP_PKEY *key = NULL;
    CLEANUP(buf_done) struct buf written = {0};
    struct findings findings = {0};
    struct fault f = {0};
    if (parse(mutant, &key, &findings, &f) != 0)
        return;
    (void)pair_trouble(key);
    (void)private_key_weakness(key);
    int result = private_key_write(key, &written, &f);
    law_check(result, &f, (struct span){NULL, 0});
}

static void take_der_mutant(struct span mutant, void *context)
{
    CLEANUP(buf_done) struct buf text = {0};
    struct fault f = {0};
    if (mutant.len == 0)
        return;
    assert_int_equal(pem_write("PRIVATE KEY", mutant, &text, &f), 0);
    take_mutant(buf_span(&text), context);
}

TEST(every_mutant_keeps_the_law)
{
    unsigned char *der = NULL;
    int length = i2d_PrivateKey(pki_key(0), &der);
    mutate_each(buf_span(&ec_text), 1, take_mutant, NULL);
    mutate_each((struct span){der, (size_t)length}, 1, take_der_mutant, NULL);
    OPENSSL_clear_free(der, (size_t)length);
    der = NULL; /* otherwise OpenSSL writes to the given buffer */
    length = i2d_PrivateKey(pki_rsa_key(), &der);
    mutate_each((struct span){der, (size_t)length}, 17, take_der_mutant, NULL);
    OPENSSL_clear_free(der, (size_t)length);
}

static void attempt(void *context)
{
    (void)context;
    CLEANUP(ossl_key_freep) EVP_PKEY *key = NULL;
    CLEANUP(buf_done) struct buf written = {0};
    struct findings findings = {0};
    struct fault f = {0};
    if (parse(buf_span(&ec_text), &key, &findings, &f) == 0)
        law_check(private_key_write(key, &written, &f), &f, (struct span){NULL, 0});
}

TEST(failed_allocations_keep_the_law)
{
    assert_true(alloc_fail_each(attempt, NULL) > 2);
}

static void setup(void)
{
    pki_write_key(&ec_text, pki_key(0));
}

static void teardown(void)
{
    buf_done(&ec_text);
}

ALL_TESTS(setup, teardown);

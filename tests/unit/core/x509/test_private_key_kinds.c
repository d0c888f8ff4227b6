/*
 * Valid DER that is not a usable key, and the message for it.
 */
#include "core/x509/private_key.h"

#include <string.h>

#include "core/pem/pem.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/pki.h"

static void expect_refusal(struct span text, enum reason reason, const char *message)
{
    CLEANUP(ossl_key_freep) EVP_PKEY *key = NULL;
    struct findings findings = {0};
    struct fault f = {0};
    law_expect(private_key_parse(text, "ssl_key", &(struct budget){BUDGET_STEPS}, &key, &findings, &f), &f, reason);
    if (strstr(f.message, message) == NULL)
        fail_msg("\"%s\" does not contain %s", f.message, message);
}

/* The private key in version 2 (RFC 5958), followed by its public half. */
TEST(a_key_in_version_2_of_PKCS8_is_named)
{
    unsigned char *der = NULL, public[32];
    size_t size = sizeof(public);
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pki_ed25519_key());
    int length = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
    CLEANUP(buf_done) struct buf bytes = {0}, text = {0};
    struct fault f = {0};
    assert_int_equal(length, 48);
    assert_int_equal(EVP_PKEY_get_raw_public_key(pki_ed25519_key(), public, &size), 1);
    add_bytes(&bytes, (struct span){der, (size_t)length});
    add_bytes(&bytes, (struct span){(const unsigned char[]){0x81, 33, 0}, 3});
    add_bytes(&bytes, (struct span){public, size});
    bytes.data[1] = (unsigned char)(bytes.len - 2);
    bytes.data[4] = 1;
    assert_int_equal(pem_write("PRIVATE KEY", buf_span(&bytes), &text, &f), 0);
    OPENSSL_clear_free(der, (size_t)length);
    PKCS8_PRIV_KEY_INFO_free(info);
    if (OpenSSL_version_num() < 0x30500000L)
        expect_refusal(buf_span(&text), REASON_UNSUPPORTED, "openssl pkey of 3.5 writes version 1");
}

TEST(a_structure_that_is_not_a_key_is_named_whatever_its_label)
{
    struct pki pki;
    pki_make(&pki, pki_key(2));
    unsigned char *der = NULL, *request = NULL;
    CLEANUP(buf_done) struct buf text = {0}, other = {0};
    struct fault f = {0};
    int length = i2d_X509(pki.leaf, &der), request_length = i2d_PUBKEY(pki_key(2), &request);
    assert_int_equal(pem_write("PRIVATE KEY", (struct span){der, (size_t)length}, &text, &f), 0);
    expect_refusal(buf_span(&text), REASON_WRONG_BLOCK, "is a certificate that is labelled PRIVATE KEY");
    assert_int_equal(pem_write("PRIVATE KEY", (struct span){request, (size_t)request_length}, &other, &f), 0);
    expect_refusal(buf_span(&other), REASON_WRONG_BLOCK, "is a bare public key");
    OPENSSL_free(der);
    OPENSSL_free(request);
    pki_done(&pki);
}

TEST(a_curve_that_tls_does_not_use_is_named)
{
    static const struct {
        const char *curve;
        enum reason reason;
    } rows[] = {{"P-256", REASON_NONE},
                {"P-384", REASON_NONE},
                {"P-521", REASON_NONE},
                {"P-224", REASON_HANDSHAKE_FAILED},
                {"secp256k1", REASON_HANDSHAKE_FAILED},
                {"brainpoolP256r1", REASON_HANDSHAKE_FAILED},
                {"brainpoolP512t1", REASON_HANDSHAKE_FAILED}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fault f = {0};
        CLEANUP(ossl_key_freep) EVP_PKEY *key = EVP_EC_gen(rows[i].curve);
        law_expect(private_key_check_curve(key, "ssl_key", &f), &f, rows[i].reason);
        if (rows[i].reason != REASON_NONE && strstr(f.message, "P-256, P-384 or P-521") == NULL)
            fail_msg("\"%s\" names no curve to take", f.message);
    }
    struct fault none = {0};
    assert_int_equal(private_key_check_curve(pki_rsa_key(), "ssl_key", &none), 0);
    assert_int_equal(private_key_check_curve(pki_ed25519_key(), "ssl_key", &none), 0);
}

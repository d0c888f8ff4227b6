#include "core/pem/structure.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/pki.h"

static struct pki pki;

/* Copies to a block of exactly this size, so that sanitizers see reads beyond it. */
static enum structure look(const unsigned char *der, size_t length)
{
    unsigned char *copy = malloc(length == 0 ? 1 : length);
    assert_non_null(copy);
    memcpy(copy, der, length);
    enum structure structure = structure_of((struct span){copy, length});
    free(copy);
    return structure;
}

/* The whole must be identified, and no beginning as anything else. Takes ownership of the bytes. */
static void expect(unsigned char *der, int length, enum structure structure)
{
    assert_true(length > 0);
    assert_int_equal(look(der, (size_t)length), structure);
    for (size_t cut = 0; cut < (size_t)length; cut++) {
        enum structure seen = look(der, cut);
        assert_true(seen == structure || seen == STRUCTURE_OTHER);
    }
    OPENSSL_free(der);
}

TEST(bundles_are_known_by_their_beginning)
{
    unsigned char *der = NULL;
    PKCS7 *bundle = PKCS7_new();
    assert_int_equal(PKCS7_set_type(bundle, NID_pkcs7_signed), 1);
    assert_int_equal(PKCS7_content_new(bundle, NID_pkcs7_data), 1);
    assert_int_equal(PKCS7_add_certificate(bundle, pki.leaf), 1);
    PKCS12 *file = PKCS12_create("secret", "name", pki.leaf_key, pki.leaf, NULL, 0, 0, 1, 1, 0);
    int length = i2d_PKCS7(bundle, &der);
    assert_int_equal(look(der, 64), STRUCTURE_PKCS7);
    expect(der, length, STRUCTURE_PKCS7);
    der = NULL;
    length = i2d_PKCS12(file, &der);
    assert_int_equal(look(der, 64), STRUCTURE_PKCS12);
    expect(der, length, STRUCTURE_PKCS12);
    PKCS7_free(bundle);
    PKCS12_free(file);
}

TEST(requests_lists_and_public_keys_are_known)
{
    unsigned char *request_der = NULL, *list_der = NULL, *key_der = NULL;
    X509_REQ *request = X509_to_X509_REQ(pki.leaf, pki.leaf_key, EVP_sha256());
    X509_CRL *list = X509_CRL_new();
    ASN1_TIME *now = ASN1_TIME_set(NULL, (time_t)PKI_NOW);
    assert_int_equal(X509_CRL_set_issuer_name(list, X509_get_subject_name(pki.root)), 1);
    assert_int_equal(X509_CRL_set1_lastUpdate(list, now), 1);
    assert_true(X509_CRL_sign(list, pki.root_key, EVP_sha256()) > 0);
    int request_length = i2d_X509_REQ(request, &request_der), list_length = i2d_X509_CRL(list, &list_der);
    int key_length = i2d_PUBKEY(pki.leaf_key, &key_der);
    expect(request_der, request_length, STRUCTURE_REQUEST);
    expect(list_der, list_length, STRUCTURE_REVOCATION_LIST);
    expect(key_der, key_length, STRUCTURE_PUBLIC_KEY);
    ASN1_TIME_free(now);
    X509_REQ_free(request);
    X509_CRL_free(list);
}

TEST(encrypted_keys_are_known)
{
    static const int algorithms[] = {-1, NID_pbe_WithSHA1And3_Key_TripleDES_CBC};
    for (size_t i = 0; i < COUNT_OF(algorithms); i++) {
        unsigned char *der = NULL;
        PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pki.leaf_key);
        X509_SIG *sealed =
            PKCS8_encrypt(algorithms[i], algorithms[i] < 0 ? EVP_aes_256_cbc() : NULL, "secret", 6, NULL, 0, 1, info);
        assert_non_null(sealed);
        int length = i2d_X509_SIG(sealed, &der);
        expect(der, length, STRUCTURE_ENCRYPTED_KEY);
        X509_SIG_free(sealed);
        PKCS8_PRIV_KEY_INFO_free(info);
    }
}

TEST(certificates_and_keys_are_not_identified)
{
    X509 *old = pki_certificate(&(struct pki_spec){.name = "CA", .key = pki_key(5), .kind = PKI_VERSION_1});
    EVP_PKEY *const keys[] = {pki.leaf_key, pki_rsa_key(), pki_ed25519_key(), pki_rsa_pss_key()};
    X509 *const certificates[] = {old, pki.leaf, pki.root};
    for (size_t i = 0; i < COUNT_OF(certificates); i++) {
        unsigned char *der = NULL;
        int length = i2d_X509(certificates[i], &der);
        expect(der, length, STRUCTURE_OTHER);
    }
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        unsigned char *der = NULL;
        int length = i2d_PrivateKey(keys[i], &der);
        expect(der, length, STRUCTURE_OTHER);
        der = NULL;
        PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(keys[i]);
        length = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
        expect(der, length, STRUCTURE_OTHER);
        PKCS8_PRIV_KEY_INFO_free(info);
    }
    X509_free(old);
}

TEST(each_has_a_name)
{
    assert_null(structure_name(STRUCTURE_OTHER));
    for (enum structure structure = STRUCTURE_OTHER + 1; structure < STRUCTURE_COUNT; structure++)
        assert_true(strlen(structure_name(structure)) < 70);
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

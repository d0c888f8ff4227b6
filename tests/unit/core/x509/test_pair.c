#include "core/x509/pair.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/pki.h"

enum { PARTS = 8, PRIMES_MAX = 3 };

/* n e d p q dp dq qInv, in the order of PKCS#1 after the version. */
static const char *const names[PARTS] = {OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,
                                         OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,
                                         OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
                                         OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1};

/* Adds a number to one part of the key and decodes it again; NULL if OpenSSL refuses it. */
static EVP_PKEY *changed(EVP_PKEY *key, int part, BN_ULONG added)
{
    unsigned char *der = NULL;
    int length = i2d_PrivateKey(key, &der);
    BIGNUM *number = NULL;
    assert_int_equal(EVP_PKEY_get_bn_param(key, names[part], &number), 1);
    unsigned char bytes[1024];
    int size = BN_bn2bin(number, bytes);
    unsigned char *at = NULL;
    for (int i = 0; i + size <= length && at == NULL; i++)
        if (memcmp(der + i, bytes, (size_t)size) == 0)
            at = der + i;
    assert_non_null(at);
    assert_int_equal(BN_add_word(number, added), 1);
    assert_int_equal(BN_bn2binpad(number, at, size), size);
    BN_free(number);
    const unsigned char *end = der;
    EVP_PKEY *ret = d2i_PrivateKey(EVP_PKEY_RSA, NULL, &end, length);
    OPENSSL_clear_free(der, (size_t)length);
    ERR_clear_error();
    return ret;
}

static void expect_trouble(EVP_PKEY *key, const char *part)
{
    const char *trouble = pair_trouble(key);
    if (trouble == NULL || strstr(trouble, part) == NULL)
        fail_msg("\"%s\" does not contain %s", trouble == NULL ? "(sound)" : trouble, part);
    assert_int_equal(ERR_peek_error(), 0);
}

TEST(sound_keys_have_no_trouble)
{
    EVP_PKEY *const keys[] = {pki_rsa_key(), pki_small_rsa_key(), pki_rsa_pss_key(), pki_key(0), pki_ed25519_key()};
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        assert_null(pair_trouble(keys[i]));
    assert_int_equal(ERR_peek_error(), 0);
}

TEST(each_wrong_part_of_an_rsa_key_is_found)
{
    static const char *const told[PARTS] = {"modulus", "exponent", "exponent", "primes", "primes", "dp", "dq", "qInv"};
    for (int part = 0; part < PARTS; part++) {
        for (BN_ULONG added = 1; added < 4; added++) {
            CLEANUP(ossl_key_freep) EVP_PKEY *key = changed(pki_rsa_key(), part, added);
            if (key != NULL)
                expect_trouble(key, told[part]);
        }
    }
}

static EVP_PKEY *key_of_primes(size_t primes)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    assert_int_equal(EVP_PKEY_keygen_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_primes(context, (int)primes), 1);
    assert_int_equal(EVP_PKEY_generate(context, &key), 1);
    EVP_PKEY_CTX_free(context);
    return key;
}

TEST(a_key_of_three_primes_is_judged_as_a_whole)
{
    CLEANUP(ossl_key_freep) EVP_PKEY *key = key_of_primes(PRIMES_MAX);
    assert_null(pair_trouble(key));
    for (int part = 2; part < PARTS; part++) {
        CLEANUP(ossl_key_freep) EVP_PKEY *wrong = changed(key, part, 2);
        if (wrong != NULL)
            assert_non_null(pair_trouble(wrong));
    }
}

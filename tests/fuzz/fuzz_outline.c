/*
 * outline: OpenSSL decodes nothing as a kind or size of key that was not reported before. The first byte chooses
 * between a certificate and a private key, the rest is its DER.
 */
#include "tests/fuzz/oracle.h"

#include <openssl/err.h>

#include "core/pem/outline.h"
#include "core/x509/private_key.h"

static void expect_told(EVP_PKEY *key, const struct outline *outline)
{
    bool rsa = EVP_PKEY_is_a(key, "RSA") == 1 || EVP_PKEY_is_a(key, "RSA-PSS") == 1;
    bool told_rsa = outline->algorithm == OUTLINE_RSA || outline->algorithm == OUTLINE_RSA_PSS;
    if (outline->algorithm == OUTLINE_OTHER)
        return; /* never put to work: judge and path look at what it is */
    oracle_require(rsa == told_rsa, "it is RSA exactly when that was reported");
    oracle_require((EVP_PKEY_is_a(key, "EC") == 1) == (outline->algorithm == OUTLINE_EC), "and EC likewise");
    oracle_require(!rsa || (size_t)EVP_PKEY_get_bits(key) == outline->bits, "the modulus is as long as reported");
}

static void look_at_key(struct span der)
{
    struct outline outline = {.algorithm = OUTLINE_OTHER};
    enum outline_form form;
    size_t used;
    bool told = outline_private_key(der, &outline, &form);
    EVP_PKEY *key = told && outline_excess(&outline) == NULL ? private_key_decode(der, &used) : NULL;
    if (key != NULL)
        expect_told(key, &outline);
    EVP_PKEY_free(key);
}

static void look_at_certificate(struct span der)
{
    struct outline outline;
    const unsigned char *end = der.data;
    if (!outline_certificate(der, &outline) || outline_excess(&outline) != NULL)
        return;
    X509 *certificate = d2i_X509(NULL, &end, (long)der.len);
    EVP_PKEY *key = certificate == NULL ? NULL : X509_get0_pubkey(certificate);
    if (key != NULL)
        expect_told(key, &outline);
    X509_free(certificate);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const struct span der = {data + 1, size - 1};
    if ((data[0] & 1) == 0)
        look_at_certificate(der);
    else
        look_at_key(der);
    ERR_clear_error();
    return 0;
}

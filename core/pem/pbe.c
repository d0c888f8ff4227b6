#include "core/pem/pbe.h"

#include <inttypes.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/pkcs12.h>

#include "core/base/ossl.h"
#include "core/pem/der.h"

/*
 * In steps of the budget. Setting up a derivation takes about 30 microseconds. An iteration of PBKDF2 takes a third
 * (SHA-256) to two thirds (SHA-512) of a step for each block of the key, one of PKCS#12 a third of that.
 */
enum { SETUP_PRICE = 50, PKCS12_ITERATIONS_PER_STEP = 2 };

enum { SHA1_SIZE = 20, PRIVATE_KEY_SIZE_MAX = 32 };

/* A key derivation: its parameters, how many digests each iteration computes, and whether it is PBKDF2. */
struct derivation {
    struct span salt;
    uint32_t iterations;
    unsigned blocks;
    bool pbkdf2;
};

static const struct span oid_pbe = DER_OID("\x2A\x86\x48\x86\xF7\x0D\x01\x0C\x01"); /* followed by the algorithm */
static const struct span oid_pbes2 = DER_OID("\x2A\x86\x48\x86\xF7\x0D\x01\x05\x0D");
static const struct span oid_pbkdf2 = DER_OID("\x2A\x86\x48\x86\xF7\x0D\x01\x05\x0C");
static const struct span oid_aes = DER_OID("\x60\x86\x48\x01\x65\x03\x04\x01"); /* followed by size and mode */
static const struct span oid_3des = DER_OID("\x2A\x86\x48\x86\xF7\x0D\x03\x07");
static const struct span oid_sha1 = DER_OID("\x2B\x0E\x03\x02\x1A");
static const struct span oid_sha2 = DER_OID("\x60\x86\x48\x01\x65\x03\x04\x02"); /* followed by its number */
static const struct span oid_hmac = DER_OID("\x2A\x86\x48\x86\xF7\x0D\x02");     /* followed by its number */

enum { PBE_3DES = 3, PBE_RC2_128 = 5, PBE_RC2_40 = 6 };                      /* after oid_pbe */
enum { AES_128_CBC = 0x02, AES_192_CBC = 0x16, AES_256_CBC = 0x2A };         /* after oid_aes */
enum { HMAC_SHA1 = 7, HMAC_SHA256 = 9, HMAC_SHA384 = 10, HMAC_SHA512 = 11 }; /* after oid_hmac */

int pbe_refuse(const struct pbe *pbe, const char *what, struct fault *f)
{
    return fault_set(f, REASON_MALFORMED_PEM, pbe->field, "the wallet is damaged: %s", what);
}

int pbe_refuse_algorithm(const struct pbe *pbe, const char *what, struct fault *f)
{
    return fault_set(f, REASON_UNSUPPORTED, pbe->field, "the wallet is %s; rewrite it with a current orapki", what);
}

static int pbe_refuse_cipher(const struct pbe *pbe, struct fault *f)
{
    return pbe_refuse_algorithm(pbe, "encrypted with an algorithm that is not supported", f);
}

static int pbe_refuse_parameters(const struct pbe *pbe, struct fault *f)
{
    return pbe_refuse(pbe, "the parameters of its encryption cannot be read", f);
}

/* Reads a number; values from 2^31 on become INT32_MAX, which exceeds every limit. */
static bool pbe_take_number(struct span *rest, uint32_t *ret)
{
    struct span content;
    size_t bits;
    if (!der_take(rest, DER_INTEGER, &content) || !der_integer_bits(content, &bits))
        return false;
    *ret = 0;
    for (size_t i = 0; i < content.len && bits <= 31; i++)
        *ret = *ret << 8 | content.data[i];
    if (bits > 31)
        *ret = INT32_MAX;
    return true;
}

/* Pays for a derivation in advance. */
static int pbe_spend(struct pbe *pbe, const struct derivation *d, struct fault *f)
{
    if (d->salt.len == 0 || d->salt.len > PBE_SALT_MAX)
        return fault_set(f, REASON_TOO_LARGE, pbe->field, "a salt of the wallet has %zu bytes; 1 to %d are allowed",
                         d->salt.len, PBE_SALT_MAX);
    if (d->iterations == 0)
        return pbe_refuse(pbe, "it asks for 0 iterations", f);
    uint64_t all = (uint64_t)d->iterations * d->blocks;
    pbe->iterations += all;
    if (pbe->iterations > PBE_ITERATIONS_MAX)
        return fault_set(f, REASON_TOO_COSTLY, pbe->field,
                         "the wallet takes %" PRIu64 " iterations or more to open; up to %d are allowed",
                         pbe->iterations, PBE_ITERATIONS_MAX);
    uint64_t price = SETUP_PRICE + (d->pbkdf2 ? all : all / PKCS12_ITERATIONS_PER_STEP);
    return pbe->budget == NULL ? 0 : budget_spend(pbe->budget, price, pbe->field, f);
}

/* ---- the MAC ---- */

static const EVP_MD *pbe_digest_of(struct span oid)
{
    static const EVP_MD *(*const sha2[])(void) = {NULL, EVP_sha256, EVP_sha384, EVP_sha512, EVP_sha224};
    int which = der_last_arc(oid, oid_sha2);
    if (span_equal(oid, oid_sha1))
        return EVP_sha1();
    return which >= 1 && which <= 4 ? sha2[which]() : NULL;
}

static bool pbe_mac_fits(const struct pbe *pbe, const EVP_MD *digest, const struct derivation *d, struct span authentic,
                         struct span expected)
{
    unsigned char key[EVP_MAX_MD_SIZE], mac[EVP_MAX_MD_SIZE], salt[PBE_SALT_MAX];
    unsigned length = 0;
    memcpy(salt, d->salt.data, d->salt.len);
    bool made = PKCS12_key_gen_utf8((const char *)pbe->password.data, (int)pbe->password.len, salt, (int)d->salt.len,
                                    PKCS12_MAC_ID, (int)d->iterations, EVP_MD_get_size(digest), key, digest) == 1 &&
                HMAC(digest, key, EVP_MD_get_size(digest), authentic.data, authentic.len, mac, &length) != NULL;
    bool fits = made && expected.len == length && CRYPTO_memcmp(expected.data, mac, length) == 0;
    OPENSSL_cleanse(key, sizeof(key));
    ossl_clear_errors();
    return fits;
}

/* MacData: DigestInfo, salt, iterations (default 1). */
int pbe_check_mac(struct pbe *pbe, struct span mac_data, struct span authentic, struct fault *f)
{
    struct span info, algorithm, oid, expected;
    struct derivation d = {.iterations = 1, .blocks = 1};
    if (!der_take(&mac_data, DER_SEQUENCE, &info) || !der_take(&info, DER_SEQUENCE, &algorithm) ||
        !der_take(&algorithm, DER_OBJECT, &oid) || !der_take(&info, DER_OCTETS, &expected) || info.len != 0 ||
        !der_take(&mac_data, DER_OCTETS, &d.salt) || (mac_data.len > 0 && !pbe_take_number(&mac_data, &d.iterations)) ||
        mac_data.len != 0)
        return pbe_refuse(pbe, "its MAC cannot be read", f);
    const EVP_MD *digest = pbe_digest_of(oid);
    if (digest == NULL)
        return pbe_refuse_algorithm(pbe, "protected by a MAC of an unknown kind", f);
    if (pbe_spend(pbe, &d, f) != 0)
        return -1;
    return pbe_mac_fits(pbe, digest, &d, authentic, expected)
               ? 0
               : pbe_refuse(pbe, "its MAC does not match; copy the file again, as binary", f);
}

/* ---- decrypting ---- */

/* pbeWithSHAAnd...: salt and iterations. A 3DES key needs two blocks of SHA-1, the initialisation vector one. */
static int pbe_check(struct pbe *pbe, int which, struct span parameters, struct fault *f)
{
    struct span fields;
    struct derivation d = {.blocks = 3};
    if (which == PBE_RC2_128 || which == PBE_RC2_40)
        return pbe_refuse_algorithm(pbe, "encrypted with RC2, which is broken", f);
    if (which != PBE_3DES)
        return pbe_refuse_cipher(pbe, f);
    if (!der_take(&parameters, DER_SEQUENCE, &fields) || parameters.len != 0 ||
        !der_take(&fields, DER_OCTETS, &d.salt) || !pbe_take_number(&fields, &d.iterations) || fields.len != 0)
        return pbe_refuse_parameters(pbe, f);
    return pbe_spend(pbe, &d, f);
}

static bool pbe_is_cipher(struct span oid)
{
    int aes = der_last_arc(oid, oid_aes);
    return aes == AES_128_CBC || aes == AES_192_CBC || aes == AES_256_CBC || span_equal(oid, oid_3des);
}

/* Returns the digest size of the PRF (default HMAC-SHA1); 0 if it is unknown. */
static unsigned pbe_prf_size(struct span rest)
{
    struct span prf, oid;
    if (rest.len == 0)
        return SHA1_SIZE;
    if (!der_take(&rest, DER_SEQUENCE, &prf) || rest.len != 0 || !der_take(&prf, DER_OBJECT, &oid))
        return 0;
    switch (der_last_arc(oid, oid_hmac)) {
    case HMAC_SHA1:
        return SHA1_SIZE;
    case HMAC_SHA256:
        return 32;
    case HMAC_SHA384:
        return 48;
    case HMAC_SHA512:
        return 64;
    default:
        return 0;
    }
}

/* OpenSSL compares the optional key length with the cipher's. */
static int pbe_check_pbkdf2(struct pbe *pbe, struct span parameters, struct fault *f)
{
    struct span fields;
    struct derivation d = {.pbkdf2 = true};
    uint32_t length;
    if (!der_take(&parameters, DER_SEQUENCE, &fields) || parameters.len != 0 ||
        !der_take(&fields, DER_OCTETS, &d.salt) || !pbe_take_number(&fields, &d.iterations) ||
        (fields.len > 0 && fields.data[0] == DER_INTEGER && !pbe_take_number(&fields, &length)))
        return pbe_refuse_parameters(pbe, f);
    unsigned size = pbe_prf_size(fields);
    if (size == 0)
        return pbe_refuse_cipher(pbe, f);
    d.blocks = (PRIVATE_KEY_SIZE_MAX + size - 1) / size;
    return pbe_spend(pbe, &d, f);
}

static int pbe_check_pbes2(struct pbe *pbe, struct span parameters, struct fault *f)
{
    struct span fields, derivation, cipher, derivation_oid, cipher_oid;
    if (!der_take(&parameters, DER_SEQUENCE, &fields) || parameters.len != 0 ||
        !der_take(&fields, DER_SEQUENCE, &derivation) || !der_take(&fields, DER_SEQUENCE, &cipher) || fields.len != 0 ||
        !der_take(&derivation, DER_OBJECT, &derivation_oid) || !der_take(&cipher, DER_OBJECT, &cipher_oid))
        return pbe_refuse_parameters(pbe, f);
    if (!span_equal(derivation_oid, oid_pbkdf2) || !pbe_is_cipher(cipher_oid))
        return pbe_refuse_cipher(pbe, f);
    return pbe_check_pbkdf2(pbe, derivation, f);
}

static int pbe_check_algorithm(struct pbe *pbe, struct span algorithm, struct fault *f)
{
    struct span fields, oid;
    if (!der_take(&algorithm, DER_SEQUENCE, &fields) || !der_take(&fields, DER_OBJECT, &oid))
        return pbe_refuse_parameters(pbe, f);
    if (span_equal(oid, oid_pbes2))
        return pbe_check_pbes2(pbe, fields, f);
    return pbe_check(pbe, der_last_arc(oid, oid_pbe), fields, f);
}

int pbe_decrypt(struct pbe *pbe, struct span algorithm, struct span cipher, struct buf *ret, struct fault *f)
{
    unsigned char *plain = NULL;
    int length = 0;
    if (pbe_check_algorithm(pbe, algorithm, f) != 0)
        return -1;
    const unsigned char *start = algorithm.data;
    X509_ALGOR *decoded = d2i_X509_ALGOR(NULL, &start, (long)algorithm.len);
    bool done = decoded != NULL && PKCS12_pbe_crypt(decoded, (const char *)pbe->password.data, (int)pbe->password.len,
                                                    cipher.data, (int)cipher.len, &plain, &length, 0) != NULL;
    X509_ALGOR_free(decoded);
    ossl_clear_errors();
    if (!done)
        return pbe_refuse(pbe, "it cannot be decrypted with its own password", f);
    int result = buf_append(ret, (struct span){plain, (size_t)length}, f);
    OPENSSL_clear_free(plain, (size_t)length);
    return result;
}

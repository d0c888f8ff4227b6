#include "core/x509/private_key.h"

#include <assert.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/encoder.h>

#include "core/base/buf.h"
#include "core/pem/der.h"
#include "core/pem/outline.h"
#include "core/pem/structure.h"
#include "core/x509/foreign_label.h"

enum block_kind { BLOCK_KEY, BLOCK_PARAMETERS, BLOCK_ENCRYPTED, BLOCK_WRONG };

static const struct {
    const char *label;
    enum block_kind kind;
    const char *is; /* for BLOCK_WRONG */
} block_kinds[] = {
    {"PRIVATE KEY", BLOCK_KEY, NULL},
    {"RSA PRIVATE KEY", BLOCK_KEY, NULL},
    {"EC PRIVATE KEY", BLOCK_KEY, NULL},
    {"EC PARAMETERS", BLOCK_PARAMETERS, NULL},
    {"ENCRYPTED PRIVATE KEY", BLOCK_ENCRYPTED, NULL},
    {"CERTIFICATE", BLOCK_WRONG, "a certificate; it belongs in ssl_cert"},
    {"X509 CERTIFICATE", BLOCK_WRONG, "a certificate; it belongs in ssl_cert"},
    {"TRUSTED CERTIFICATE", BLOCK_WRONG, "a certificate; it belongs in ssl_cert"},
    {"OPENSSH PRIVATE KEY", BLOCK_WRONG,
     "an OpenSSH key; ssh-keygen -p -m PEM converts RSA and EC, make a new one for ed25519"},
    {"PUBLIC KEY", BLOCK_WRONG, "a public key; the private key is expected"},
    {"RSA PUBLIC KEY", BLOCK_WRONG, "a public key; the private key is expected"},
    {"CERTIFICATE REQUEST", BLOCK_WRONG, "a certificate request; the private key is expected"},
    {"NEW CERTIFICATE REQUEST", BLOCK_WRONG, "a certificate request; the private key is expected"},
    {"X509 CRL", BLOCK_WRONG, "a revocation list; the private key is expected"},
    {"PKCS7", BLOCK_WRONG, "a PKCS#7 bundle, which holds no private key"},
    {"CMS", BLOCK_WRONG, "a CMS structure; the private key is expected"},
};

static enum block_kind private_key_kind_of(const struct pem_block *block, const char **ret_is)
{
    *ret_is = foreign_label(block->label);
    if (block->encrypted)
        return BLOCK_ENCRYPTED;
    for (size_t i = 0; i < sizeof(block_kinds) / sizeof(block_kinds[0]); i++) {
        if (strcmp(block->label, block_kinds[i].label) == 0) {
            *ret_is = block_kinds[i].is;
            return block_kinds[i].kind;
        }
    }
    return BLOCK_WRONG;
}

static int private_key_refuse_block(const struct pem_block *block, const char *is, const char *field, struct fault *f)
{
    if (is != NULL)
        return fault_set(f, REASON_WRONG_BLOCK, field, "block %zu of %s is %s", block->number, field, is);
    return fault_set(f, REASON_WRONG_BLOCK, field,
                     "block %zu of %s has a label that is not known; PRIVATE KEY is expected", block->number, field);
}

static EVP_PKEY *private_key_decode_pkcs8(struct span der, const unsigned char **end)
{
    EVP_PKEY *key = NULL;
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, end, (long)der.len);
    if (info != NULL)
        key = EVP_PKCS82PKEY(info);
    PKCS8_PRIV_KEY_INFO_free(info);
    return key;
}

/*
 * The DER structure distinguishes PKCS#8 from PKCS#1 and SEC 1, since labels are often wrong. d2i_AutoPrivateKey is not
 * used: it tries all formats, so it decodes keys that the outline excludes, and it takes four times as long.
 */
EVP_PKEY *private_key_decode(struct span der, size_t *ret_used)
{
    struct outline outline;
    enum outline_form form;
    const unsigned char *end = der.data;
    *ret_used = 0;
    if (!outline_private_key(der, &outline, &form) || outline.algorithm == OUTLINE_OTHER)
        return NULL;
    EVP_PKEY *key =
        form == OUTLINE_PKCS8 && outline.algorithm != OUTLINE_RSA
            ? private_key_decode_pkcs8(der, &end)
            : d2i_PrivateKey(outline.algorithm == OUTLINE_RSA ? EVP_PKEY_RSA : EVP_PKEY_EC, NULL, &end, (long)der.len);
    ossl_clear_errors();
    *ret_used = (size_t)(end - der.data);
    return key;
}

static int private_key_refuse_invalid(const char *field, struct fault *f)
{
    return fault_set(f, REASON_MALFORMED_PEM, field, "the block in %s holds no valid private key; copy it again",
                     field);
}

/* Refuses DER that is not a private key. */
static int private_key_refuse_structure(struct span der, const char *field, struct fault *f)
{
    struct outline outline;
    enum structure structure = structure_of(der);
    enum reason reason = structure == STRUCTURE_ENCRYPTED_KEY ? REASON_ENCRYPTED_KEY : REASON_WRONG_BLOCK;
    if (structure != STRUCTURE_OTHER)
        return fault_set(f, reason, field, "the block in %s is %s", field, structure_name(structure));
    if (outline_certificate(der, &outline))
        return fault_set(f, reason, field, "the block in %s is a certificate that is labelled PRIVATE KEY", field);
    return private_key_refuse_invalid(field, f);
}

/* OneAsymmetricKey (RFC 5958, 2): version 2 is encoded as 1. */
static bool private_key_is_version_2(struct span der)
{
    struct span inside, version, algorithm;
    return der_take(&der, DER_SEQUENCE, &inside) && der_take(&inside, DER_INTEGER, &version) && version.len == 1 &&
           version.data[0] == 1 && der_take(&inside, DER_SEQUENCE, &algorithm);
}

/* Refuses keys by their outline, before they are decoded. */
static int private_key_check_outline(struct span der, const char *field, struct fault *f)
{
    struct outline outline;
    enum outline_form form;
    if (!outline_private_key(der, &outline, &form))
        return private_key_refuse_structure(der, field, f);
    if (outline.algorithm == OUTLINE_OTHER)
        return fault_set(f, REASON_UNSUPPORTED, field,
                         "%s holds %s%s key; RSA, EC, Ed25519 and Ed448 keys are supported", field,
                         strncmp(outline.name, "a", 1) == 0 ? "" : "a ", outline.name);
    if (outline_excess(&outline) != NULL)
        return fault_set(f, REASON_UNSUPPORTED, field, "%s holds %s", field, outline_excess(&outline));
    return 0;
}

static int private_key_decode_block(struct span der, const char *field, bool trusted, EVP_PKEY **ret, struct fault *f)
{
    size_t used;
    if (!trusted && private_key_check_outline(der, field, f) != 0)
        return -1;
    CLEANUP(ossl_key_freep) EVP_PKEY *key = private_key_decode(der, &used);
    if (key == NULL && private_key_is_version_2(der))
        return fault_set(
            f, REASON_UNSUPPORTED, field,
            "%s is PKCS#8 version 2, which OpenSSL before 3.5 does not read; openssl pkey of 3.5 writes version 1",
            field);
    if (key == NULL)
        return private_key_refuse_invalid(field, f);
    if (used != der.len)
        return fault_set(f, REASON_MALFORMED_PEM, field, "the block in %s has bytes after the private key", field);
    *ret = TAKE(key);
    return 0;
}

/* Selects the one block that is the key. */
static int private_key_choose(const struct pem *pem, bool (*skip)(const struct pem_block *block), const char *field,
                              const struct pem_block **ret, struct findings *findings, struct fault *f)
{
    assert(pem->count == 0 || pem->blocks != NULL);
    for (size_t i = 0; i < pem->count; i++) {
        const struct pem_block *block = &pem->blocks[i];
        const char *is;
        if (skip != NULL && skip(block))
            continue;
        switch (private_key_kind_of(block, &is)) {
        case BLOCK_PARAMETERS:
            findings_add_repair(findings, REPAIR_EC_PARAMETERS, field);
            break;
        case BLOCK_ENCRYPTED:
            return fault_set(
                f, REASON_ENCRYPTED_KEY, field,
                "the private key is encrypted and mysqld cannot ask: openssl pkey -in OLD -out NEW decrypts it");
        case BLOCK_WRONG:
            return private_key_refuse_block(block, is, field, f);
        case BLOCK_KEY:
            if (*ret != NULL)
                return fault_set(f, REASON_WRONG_BLOCK, field, "%s holds two private keys; one is expected", field);
            *ret = block;
            break;
        }
    }
    if (*ret == NULL)
        return fault_set(f, REASON_WRONG_BLOCK, field, "%s holds no private key", field);
    return 0;
}

bool private_key_is_block(const struct pem_block *block)
{
    const char *is;
    return private_key_kind_of(block, &is) != BLOCK_WRONG;
}

int private_key_read(const struct pem *pem, bool (*skip)(const struct pem_block *block), const char *field,
                     struct budget *budget, EVP_PKEY **ret, struct findings *findings, struct fault *f)
{
    const struct pem_block *block = NULL;
    if (private_key_choose(pem, skip, field, &block, findings, f) != 0)
        return -1;
    return private_key_decode_block(buf_span(&block->der), field, budget == NULL, ret, f);
}

int private_key_parse(struct span text, const char *field, struct budget *budget, EVP_PKEY **ret,
                      struct findings *findings, struct fault *f)
{
    CLEANUP(pem_done) struct pem pem = {0};
    if (pem_parse(text, field, &pem, findings, f) != 0)
        return -1;
    return private_key_read(&pem, NULL, field, budget, ret, findings, f);
}

bool private_key_is_usable(EVP_PKEY *key)
{
    static const char *const usable[] = {"RSA", "EC", "RSA-PSS", "ED25519", "ED448"};
    for (size_t i = 0; i < sizeof(usable) / sizeof(usable[0]); i++)
        if (EVP_PKEY_is_a(key, usable[i]) == 1)
            return true;
    return false;
}

static bool private_key_is_rsa(EVP_PKEY *key)
{
    return EVP_PKEY_is_a(key, "RSA") == 1 || EVP_PKEY_is_a(key, "RSA-PSS") == 1;
}

static uint64_t private_key_exponent_bits(EVP_PKEY *key)
{
    BIGNUM *exponent = NULL;
    uint64_t bits =
        EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1 ? (uint64_t)BN_num_bits(exponent) : 0;
    BN_free(exponent);
    return bits;
}

/* RSA-2048 takes 35 microseconds, RSA-16384 1,500, and 15 times that with the longest exponent; P-256 takes 100. */
uint64_t private_key_price(EVP_PKEY *key)
{
    uint64_t bits = (uint64_t)EVP_PKEY_get_bits(key);
    if (private_key_is_rsa(key))
        return 20 + (bits * bits >> 22) * (private_key_exponent_bits(key) * 4 / 3 + 8);
    return 100 + (bits <= 256 ? bits : bits * bits * bits >> 15);
}

/* With the Chinese remainder theorem RSA-2048 takes 600 microseconds, RSA-16384 300,000. */
uint64_t private_key_signing_price(EVP_PKEY *key)
{
    uint64_t bits = (uint64_t)EVP_PKEY_get_bits(key);
    return private_key_is_rsa(key) ? bits * bits * bits / 14000000 : private_key_price(key);
}

static bool private_key_has_explicit_parameters(EVP_PKEY *key)
{
    int explicit = 0;
    bool known = EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &explicit) == 1;
    ossl_clear_errors();
    return known && explicit != 0;
}

const char *private_key_weakness(EVP_PKEY *key)
{
    bool rsa = private_key_is_rsa(key);
    if (rsa && EVP_PKEY_get_bits(key) < PRIVATE_KEY_RSA_BITS_MIN)
        return "an RSA key under 2048 bits; 2048 to 8192 are allowed";
    if (rsa && EVP_PKEY_get_bits(key) > PRIVATE_KEY_RSA_BITS_MAX)
        return "an RSA key over 8192 bits; 2048 to 8192 are allowed";
    if (EVP_PKEY_is_a(key, "EC") == 1 && private_key_has_explicit_parameters(key))
        return "an EC key with explicit parameters; a named curve is needed";
    return NULL;
}

int private_key_check_curve(EVP_PKEY *key, const char *field, struct fault *f)
{
    static const char *const curves[] = {"prime256v1", "secp384r1", "secp521r1"};
    char name[48];
    if (EVP_PKEY_is_a(key, "EC") != 1 || EVP_PKEY_get_group_name(key, name, sizeof(name), NULL) != 1)
        return 0;
    for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
        if (strcmp(name, curves[i]) == 0)
            return 0;
    return fault_set(f, REASON_HANDSHAKE_FAILED, field,
                     "the curve %s of %s is not used by TLS; make a key on P-256, P-384 or P-521", name, field);
}

int private_key_write(EVP_PKEY *key, struct buf *ret, struct fault *f)
{
    bool rsa = EVP_PKEY_is_a(key, "RSA") == 1;
    CLEANUP(ossl_encoder_freep)
    OSSL_ENCODER_CTX *encoder = OSSL_ENCODER_CTX_new_for_pkey(key, OSSL_KEYMGMT_SELECT_ALL, "DER",
                                                              rsa ? "type-specific" : "PrivateKeyInfo", NULL);
    unsigned char *der = NULL;
    size_t length = 0;
    if (encoder == NULL || OSSL_ENCODER_to_data(encoder, &der, &length) != 1) {
        ossl_clear_errors();
        return fault_no_memory(f);
    }
    int result = pem_write(rsa ? "RSA PRIVATE KEY" : "PRIVATE KEY", (struct span){der, length}, ret, f);
    OPENSSL_clear_free(der, length);
    return result;
}

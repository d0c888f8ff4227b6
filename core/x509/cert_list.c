#include "core/x509/cert_list.h"

#include <string.h>

#include <openssl/x509v3.h>

#include "core/base/buf.h"
#include "core/pem/outline.h"
#include "core/pem/structure.h"
#include "core/x509/extensions.h"
#include "core/x509/foreign_label.h"

/*
 * The price of decoding, in steps of the budget. A square root over P-224 takes ten times as long as over other curves.
 */
enum { PRICE = 120, BYTES_PER_STEP = 4, P224_BITS = 224, P224_ROOT_PRICE = 600 };

enum { SECURITY_BITS_MIN = 112 /* of level 2 */ };

/* Blocks often found in place of certificates, and advice for each. */
static const struct {
    const char *label;
    const char *is;
} wrong_blocks[] = {
    {"PRIVATE KEY", "a private key; it belongs in ssl_key"},
    {"RSA PRIVATE KEY", "a private key; it belongs in ssl_key"},
    {"EC PRIVATE KEY", "a private key; it belongs in ssl_key"},
    {"ENCRYPTED PRIVATE KEY", "an encrypted private key; give it decrypted, in ssl_key"},
    {"TRUSTED CERTIFICATE", "a TRUSTED CERTIFICATE; convert it with openssl x509"},
    {"CERTIFICATE REQUEST", "a certificate request; have it signed first"},
    {"NEW CERTIFICATE REQUEST", "a certificate request; have it signed first"},
    {"X509 CRL", "a revocation list; certificates are expected"},
    {"PUBLIC KEY", "a bare public key; a certificate is expected"},
    {"RSA PUBLIC KEY", "a bare public key; a certificate is expected"},
    {"PKCS7", "a PKCS#7 bundle; convert it with openssl pkcs7 -print_certs"},
    {"CMS", "a CMS structure; certificates are expected"},
    {"PKCS #7 SIGNED DATA", "a PKCS#7 bundle; convert it with openssl pkcs7 -print_certs"},
    {"OPENSSH PRIVATE KEY", "a private key of OpenSSH; certificates are expected"},
};

/* Sets no_memory; OpenSSL may have queued an error for it. */
static int cert_list_refuse_memory(struct fault *f)
{
    ossl_clear_errors();
    return fault_no_memory(f);
}

static int cert_list_refuse_block(const struct pem_block *block, const char *field, struct fault *f)
{
    const char *is = foreign_label(block->label);
    for (size_t i = 0; is == NULL && i < sizeof(wrong_blocks) / sizeof(wrong_blocks[0]); i++)
        if (strcmp(block->label, wrong_blocks[i].label) == 0)
            is = wrong_blocks[i].is;
    if (is != NULL)
        return fault_set(f, REASON_WRONG_BLOCK, field, "block %zu of %s is %s", block->number, field, is);
    return fault_set(f, REASON_WRONG_BLOCK, field,
                     "block %zu of %s has a label that is not known; CERTIFICATE is expected", block->number, field);
}

static int cert_list_refuse_invalid(const struct pem_block *block, const char *field, struct fault *f)
{
    return fault_set(f, REASON_MALFORMED_PEM, field, "block %zu of %s holds no valid X.509 certificate; copy it again",
                     block->number, field);
}

static bool cert_list_is_certificate(const struct pem_block *block)
{
    return strcmp(block->label, "CERTIFICATE") == 0 || strcmp(block->label, "X509 CERTIFICATE") == 0;
}

/* Includes decoding it again for the handshake, and the square root of a compressed point. */
static uint64_t cert_list_price_of(const struct outline *outline, size_t size)
{
    uint64_t bits = outline->compressed ? outline->bits : 0;
    uint64_t root = bits == P224_BITS ? P224_ROOT_PRICE : bits * bits / 2048;
    return 2 * (PRICE + size / BYTES_PER_STEP + root);
}

/* Refuses DER that is not a certificate. */
static int cert_list_refuse_structure(const struct pem_block *block, const char *field, struct fault *f)
{
    struct outline outline;
    enum outline_form form;
    const char *name = structure_name(structure_of(buf_span(&block->der)));
    if (name == NULL && outline_private_key(buf_span(&block->der), &outline, &form))
        name = "a private key that is labelled CERTIFICATE";
    if (name != NULL)
        return fault_set(f, REASON_WRONG_BLOCK, field, "block %zu of %s is %s", block->number, field, name);
    return cert_list_refuse_invalid(block, field, f);
}

/*
 * Refuses certificates that OpenSSL must not decode. A key of an unknown algorithm is harmless, since it is never used.
 */
static int cert_list_check_outline(const struct pem_block *block, const char *field, struct budget *budget,
                                   struct fault *f)
{
    struct outline outline;
    if (!outline_certificate(buf_span(&block->der), &outline))
        return cert_list_refuse_structure(block, field, f);
    if (outline_excess(&outline) != NULL)
        return fault_set(f, REASON_UNSUPPORTED, field, "block %zu of %s has %s", block->number, field,
                         outline_excess(&outline));
    return budget_spend(budget, cert_list_price_of(&outline, block->der.len), field, f);
}

static int cert_list_decode(const struct pem_block *block, const char *field, struct budget *budget, X509 **ret,
                            struct fault *f)
{
    if (!cert_list_is_certificate(block) || block->encrypted)
        return cert_list_refuse_block(block, field, f);
    if (budget != NULL && cert_list_check_outline(block, field, budget, f) != 0)
        return -1;
    const unsigned char *end = block->der.data;
    CLEANUP(ossl_x509_freep) X509 *certificate = d2i_X509(NULL, &end, (long)block->der.len);
    ossl_clear_errors();
    if (certificate == NULL)
        return cert_list_refuse_invalid(block, field, f);
    if (end != block->der.data + block->der.len)
        return fault_set(f, REASON_MALFORMED_PEM, field,
                         "block %zu of %s has bytes after the certificate; openssl x509 writes it without them",
                         block->number, field);
    if (budget != NULL && budget_spend(budget, extensions_price(certificate), field, f) != 0)
        return -1;
    *ret = TAKE(certificate);
    return 0;
}

bool cert_list_contain(const STACK_OF(X509) *list, const X509 *certificate)
{
    bool found = false;
    for (int i = 0; i < sk_X509_num(list) && !found; i++)
        found = X509_cmp(sk_X509_value(list, i), certificate) == 0;
    ossl_clear_errors(); /* X509_cmp parses the extensions, which may be invalid */
    return found;
}

bool cert_list_belong(const X509 *certificate, EVP_PKEY *key)
{
    const EVP_PKEY *public_key = X509_get0_pubkey(certificate);
    bool equal = public_key != NULL && EVP_PKEY_eq(public_key, key) == 1;
    ossl_clear_errors();
    return equal;
}

X509 *cert_list_find_owner(const STACK_OF(X509) *list, EVP_PKEY *key)
{
    X509 *first = NULL;
    for (int i = 0; i < sk_X509_num(list); i++) {
        X509 *certificate = sk_X509_value(list, i);
        if (!cert_list_belong(certificate, key))
            continue;
        if (X509_check_ca(certificate) == 0)
            return certificate;
        if (first == NULL)
            first = certificate;
    }
    return first;
}

bool cert_list_have_strong_signature(X509 *certificate)
{
    int bits = 0;
    bool root = (X509_get_extension_flags(certificate) & EXFLAG_SS) != 0;
    bool strong =
        root || (X509_get_signature_info(certificate, NULL, NULL, &bits, NULL) == 1 && bits >= SECURITY_BITS_MIN);
    ossl_clear_errors();
    return strong;
}

bool cert_list_load(X509 *certificate)
{
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    bool strong = key != NULL && EVP_PKEY_get_security_bits(key) >= SECURITY_BITS_MIN;
    ossl_clear_errors();
    return strong && cert_list_have_strong_signature(certificate);
}

/* memcmp, since the bytes are public and there can be thousands of blocks. */
static bool cert_list_is_repeated(const struct pem *pem, size_t index)
{
    const struct buf *der = &pem->blocks[index].der;
    for (size_t i = 0; i < index; i++)
        if (der->len > 0 && pem->blocks[i].der.len == der->len &&
            memcmp(pem->blocks[i].der.data, der->data, der->len) == 0 && cert_list_is_certificate(&pem->blocks[i]))
            return true;
    return false;
}

static int cert_list_add(STACK_OF(X509) *list, const struct pem_block *block, const char *field, struct budget *budget,
                         struct fault *f)
{
    CLEANUP(ossl_x509_freep) X509 *certificate = NULL;
    if (cert_list_decode(block, field, budget, &certificate, f) != 0)
        return -1;
    if (sk_X509_push(list, certificate) <= 0)
        return cert_list_refuse_memory(f);
    (void)TAKE(certificate);
    return 0;
}

int cert_list_read(const struct pem *pem, struct cert_list_rule rule, const char *field, struct budget *budget,
                   STACK_OF(X509) **ret, struct findings *findings, struct fault *f)
{
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *list = sk_X509_new_null();
    if (list == NULL)
        return cert_list_refuse_memory(f);
    for (size_t i = 0; i < pem->count; i++) {
        if (rule.skip != NULL && rule.skip(&pem->blocks[i]))
            continue;
        if (cert_list_is_certificate(&pem->blocks[i]) && cert_list_is_repeated(pem, i)) {
            findings_add_repair(findings, REPAIR_DUPLICATE_CERTIFICATE, field);
            continue;
        }
        if (cert_list_add(list, &pem->blocks[i], field, budget, f) != 0)
            return -1;
        if (rule.max > 0 && sk_X509_num(list) > rule.max)
            return fault_set(f, REASON_TOO_LARGE, field, "more than %d certificates in %s", rule.max, field);
    }
    if (sk_X509_num(list) == 0)
        return fault_set(f, REASON_WRONG_BLOCK, field, "%s holds no certificate", field);
    *ret = TAKE(list);
    return 0;
}

int cert_list_parse(struct span text, const char *field, int max, struct budget *budget, STACK_OF(X509) **ret,
                    struct findings *findings, struct fault *f)
{
    CLEANUP(pem_done) struct pem pem = {0};
    if (pem_parse(text, field, &pem, findings, f) != 0)
        return -1;
    return cert_list_read(&pem, (struct cert_list_rule){.max = max}, field, budget, ret, findings, f);
}

int cert_list_renew(STACK_OF(X509) **list)
{
    sk_X509_pop_free(*list, X509_free);
    *list = sk_X509_new_null();
    ossl_clear_errors();
    return *list == NULL ? -1 : 0;
}

int cert_list_push(STACK_OF(X509) *list, X509 *certificate)
{
    if (X509_up_ref(certificate) != 1)
        return -1;
    if (sk_X509_push(list, certificate) > 0)
        return 0;
    X509_free(certificate);
    ossl_clear_errors();
    return -1;
}

int cert_list_write(X509 *certificate, struct buf *ret, struct fault *f)
{
    unsigned char *der = NULL;
    int length = i2d_X509(certificate, &der);
    if (length < 0)
        return cert_list_refuse_memory(f);
    int result = pem_write("CERTIFICATE", (struct span){der, (size_t)length}, ret, f);
    OPENSSL_free(der);
    return result;
}

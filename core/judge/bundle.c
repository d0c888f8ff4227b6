#include "core/judge/bundle.h"

#include <string.h>

#include <openssl/x509v3.h>

#include "core/base/budget.h"
#include "core/base/buf.h"
#include "core/base/ossl.h"
#include "core/judge/path.h"
#include "core/pem/pem.h"
#include "core/x509/cert_list.h"
#include "core/x509/private_key.h"

static const char field[] = "CertificatePem";

static bool bundle_is_no_key(const struct pem_block *block)
{
    return !private_key_is_block(block);
}

static bool bundle_holds_key(const struct pem *pem)
{
    for (size_t i = 0; i < pem->count; i++)
        if (private_key_is_block(&pem->blocks[i]))
            return true;
    return false;
}

/* Reports an error of the key itself first, such as its being encrypted. */
static int bundle_refuse_key_alone(const struct pem *pem, struct budget *budget, struct findings *findings,
                                   struct fault *f)
{
    CLEANUP(ossl_key_freep) EVP_PKEY *key = NULL;
    if (private_key_read(pem, NULL, field, budget, &key, findings, f) != 0)
        return -1;
    return fault_set(f, REASON_WRONG_BLOCK, field, "%s holds a private key alone; its certificate is needed too",
                     field);
}

static bool bundle_holds_keys_alone(const struct pem *pem)
{
    bool key = false;
    for (size_t i = 0; i < pem->count; i++) {
        if (!private_key_is_block(&pem->blocks[i]))
            return false;
        key |= strcmp(pem->blocks[i].label, "EC PARAMETERS") != 0;
    }
    return key;
}

int bundle_split(struct given *given, const X509 *leaf, struct fault *f)
{
    if (cert_list_renew(&given->chain) != 0 || cert_list_renew(&given->anchors) != 0)
        return fault_no_memory(f);
    for (int i = 0; i < sk_X509_num(given->bundle); i++) {
        X509 *certificate = sk_X509_value(given->bundle, i);
        bool anchor = leaf == NULL || path_is_root(certificate);
        if (anchor && cert_list_push(given->anchors, certificate) != 0)
            return fault_no_memory(f);
        if ((!anchor || certificate == leaf) && cert_list_push(given->chain, certificate) != 0)
            return fault_no_memory(f);
    }
    if (sk_X509_num(given->chain) > CERTIFICATES_IN_CHAIN_MAX)
        return fault_set(f, REASON_TOO_LARGE, field, "more than %d certificates beside a key and its CAs in %s",
                         CERTIFICATES_IN_CHAIN_MAX, field);
    return 0;
}

/* A CA after another certificate is an issuer, so its key is the wrong one. */
static int bundle_find_leaf(const struct given *given, EVP_PKEY *key, X509 **ret, struct fault *f)
{
    X509 *owner = cert_list_find_owner(given->bundle, key);
    if (owner != NULL && (owner == sk_X509_value(given->bundle, 0) || X509_check_ca(owner) == 0)) {
        *ret = owner;
        return 0;
    }
    char place[80];
    if (owner != NULL) {
        judge_place_text(given, owner, place, sizeof(place));
        return fault_set(f, REASON_KEY_MISMATCH, field, "the private key is that of %s, a CA", place);
    }
    return fault_set(f, REASON_KEY_MISMATCH, field, "the private key belongs to none of the %d certificates in %s",
                     sk_X509_num(given->bundle), field);
}

int bundle_parse(struct span text, struct budget *budget, struct given *ret, EVP_PKEY **ret_key, X509 **ret_leaf,
                 struct findings *findings, struct fault *f)
{
    CLEANUP(pem_done) struct pem pem = {0};
    const struct cert_list_rule no_keys = {.skip = private_key_is_block};
    *ret_key = NULL;
    *ret_leaf = NULL;
    if (pem_parse(text, field, &pem, findings, f) != 0)
        return -1;
    if (bundle_holds_keys_alone(&pem))
        return bundle_refuse_key_alone(&pem, budget, findings, f);
    if (cert_list_read(&pem, no_keys, field, budget, &ret->bundle, findings, f) != 0)
        return -1;
    if (bundle_holds_key(&pem) && (private_key_read(&pem, bundle_is_no_key, field, budget, ret_key, findings, f) != 0 ||
                                   bundle_find_leaf(ret, *ret_key, ret_leaf, f) != 0))
        return -1;
    return bundle_split(ret, *ret_leaf, f);
}

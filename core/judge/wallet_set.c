#include "core/judge/wallet_set.h"

#include <stdlib.h>

#include <openssl/x509v3.h>

#include "core/base/budget.h"
#include "core/base/fault.h"
#include "core/base/ossl.h"
#include "core/judge/path.h"
#include "core/x509/cert_list.h"
#include "core/x509/private_key.h"

static const char field[] = "CertificateWallet";

/* ---- the key and its certificate ---- */

static int wallet_set_refuse_keys(const char *sentence, struct fault *f)
{
    return fault_set(f, REASON_WRONG_BLOCK, field, "%s", sentence);
}

static int wallet_set_take_key(EVP_PKEY **key, X509 *owner, EVP_PKEY **ret_key, X509 **ret_leaf, struct fault *f)
{
    if (owner == NULL)
        return 0;
    if (*ret_leaf != NULL)
        return wallet_set_refuse_keys(
            "two keys of the wallet have a certificate; make one with a single user certificate", f);
    *ret_leaf = owner;
    *ret_key = TAKE(*key);
    return 0;
}

static int wallet_set_read_keys(const struct pem *blocks, struct budget *budget, const struct given *given,
                                EVP_PKEY **ret_key, X509 **ret_leaf, struct findings *findings, struct fault *f)
{
    size_t count = 0;
    for (size_t i = 0; i < blocks->count; i++) {
        if (!private_key_is_block(&blocks->blocks[i]))
            continue;
        if (++count > WALLET_KEYS_MAX)
            return wallet_set_refuse_keys("too many private keys in the wallet; one is expected", f);
        CLEANUP(ossl_key_freep) EVP_PKEY *key = NULL;
        const struct pem one = {.blocks = &blocks->blocks[i], .count = 1};
        if (private_key_read(&one, NULL, field, budget, &key, findings, f) != 0 ||
            wallet_set_take_key(&key, cert_list_find_owner(given->bundle, key), ret_key, ret_leaf, f) != 0)
            return -1;
    }
    if (count > 0 && *ret_leaf == NULL)
        return fault_set(f, REASON_KEY_MISMATCH, field,
                         "the private key belongs to none of the wallet's certificates: add the one signed for it");
    return 0;
}

/* ---- chain and anchors ---- */

/* Compares names only, without checking signatures. A root is an anchor and not part of the chain. */
static bool wallet_set_could_have_issued(X509 *issuer, const X509 *certificate)
{
    return path_is_named_issuer(issuer, certificate) && !path_is_root(issuer);
}

/*
 * True for another certificate of the leaf's key, which may be an old one; its presence does not make it trusted. A CA
 * with that key but another name is the issuer of a leaf made with the CA's key.
 */
static bool wallet_set_is_of_leaf_key(X509 *certificate, X509 *leaf, EVP_PKEY *key)
{
    bool alike = (X509_check_ca(certificate) != 0) == (X509_check_ca(leaf) != 0) ||
                 X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_subject_name(leaf)) == 0;
    return certificate != leaf && alike && cert_list_belong(certificate, key);
}

/*
 * Appends the issuers of one certificate to the chain. `taken` has one flag per certificate of the bundle: it is in the
 * chain, or left out.
 */
static int wallet_set_add_issuers(struct given *given, const X509 *certificate, bool *taken, struct budget *budget,
                                  struct fault *f)
{
    if (budget != NULL && budget_spend(budget, (uint64_t)sk_X509_num(given->bundle), field, f) != 0)
        return -1;
    for (int i = 0; i < sk_X509_num(given->bundle); i++) {
        X509 *issuer = sk_X509_value(given->bundle, i);
        if (taken[i] || !wallet_set_could_have_issued(issuer, certificate))
            continue;
        taken[i] = true;
        if (cert_list_push(given->chain, issuer) != 0)
            return fault_no_memory(f);
    }
    if (sk_X509_num(given->chain) > CERTIFICATES_IN_CHAIN_MAX)
        return fault_set(f, REASON_TOO_LARGE, field, "more than %d certificates in the wallet could be the chain",
                         CERTIFICATES_IN_CHAIN_MAX);
    return 0;
}

static int wallet_set_make_chain(struct given *given, X509 *leaf, bool *taken, struct budget *budget, struct fault *f)
{
    EVP_PKEY *key = leaf == NULL ? NULL : X509_get0_pubkey(leaf);
    for (int i = 0; i < sk_X509_num(given->bundle) && leaf != NULL; i++) {
        X509 *certificate = sk_X509_value(given->bundle, i);
        taken[i] = certificate == leaf || wallet_set_is_of_leaf_key(certificate, leaf, key);
    }
    if (leaf != NULL && cert_list_push(given->chain, leaf) != 0)
        return fault_no_memory(f);
    for (int i = 0; i < sk_X509_num(given->chain); i++)
        if (wallet_set_add_issuers(given, sk_X509_value(given->chain, i), taken, budget, f) != 0)
            return -1;
    return 0;
}

/* A leaf that is a root is its own anchor. */
static int wallet_set_fill_lists(struct given *given, X509 *leaf, struct budget *budget, struct fault *f)
{
    bool *taken = calloc((size_t)sk_X509_num(given->bundle), sizeof(*taken));
    if (taken == NULL)
        return fault_no_memory(f);
    int result = wallet_set_make_chain(given, leaf, taken, budget, f);
    for (int i = 0; i < sk_X509_num(given->bundle) && result == 0; i++) {
        X509 *certificate = sk_X509_value(given->bundle, i);
        bool anchor = !taken[i] || (certificate == leaf && path_is_root(leaf));
        if (anchor && cert_list_push(given->anchors, certificate) != 0)
            result = fault_no_memory(f);
    }
    free(taken);
    return result;
}

int wallet_set_split(struct given *given, X509 *leaf, struct budget *budget, struct fault *f)
{
    if (cert_list_renew(&given->chain) != 0 || cert_list_renew(&given->anchors) != 0)
        return fault_no_memory(f);
    return wallet_set_fill_lists(given, leaf, budget, f);
}

int wallet_set_read(const struct pem *blocks, struct budget *budget, struct given *ret, EVP_PKEY **ret_key,
                    X509 **ret_leaf, struct findings *findings, struct fault *f)
{
    const struct cert_list_rule no_keys = {.skip = private_key_is_block};
    *ret_key = NULL;
    *ret_leaf = NULL;
    ret->wallet = true;
    if (cert_list_read(blocks, no_keys, field, budget, &ret->bundle, findings, f) != 0 ||
        wallet_set_read_keys(blocks, budget, ret, ret_key, ret_leaf, findings, f) != 0)
        return -1;
    return wallet_set_split(ret, *ret_leaf, budget, f);
}

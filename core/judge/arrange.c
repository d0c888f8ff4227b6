#include "core/judge/arrange.h"

#include <openssl/x509v3.h>

#include "core/base/fault.h"
#include "core/judge/built.h"
#include "core/judge/path.h"
#include "core/x509/cert_list.h"
#include "core/x509/ossl_x509.h"

/* Refuses a key that belongs to a certificate of ssl_ca. If that is not a CA, ssl_ca and ssl_cert were swapped. */
static int arrange_refuse_key_of_anchor(const struct given *given, X509 *owner, struct fault *f)
{
    char place[80];
    judge_place_text(given, owner, place, sizeof(place));
    if (X509_check_ca(owner) != 0)
        return fault_set(f, REASON_KEY_MISMATCH, "ssl_key", "ssl_key does not match ssl_cert; it is the key of %s",
                         place);
    return fault_set(f, REASON_KEY_MISMATCH, "ssl_key", "ssl_key is the key of %s: are ssl_ca and ssl_cert swapped?",
                     place);
}

/* Reports near misses first: what else the key or the certificate is. */
static int arrange_refuse_key(const struct given *given, EVP_PKEY *key, struct fault *f)
{
    X509 *first = sk_X509_value(given->chain, 0);
    X509 *owner = cert_list_find_owner(given->chain, key);
    char place[80];
    if (owner != NULL) {
        judge_place_text(given, owner, place, sizeof(place));
        return fault_set(f, REASON_KEY_MISMATCH, "ssl_key", "ssl_key is the key of %s, a CA, not of the leaf", place);
    }
    owner = cert_list_find_owner(given->anchors, key);
    if (owner != NULL)
        return arrange_refuse_key_of_anchor(given, owner, f);
    if (cert_list_contain(given->anchors, first))
        return fault_set(f, REASON_KEY_MISMATCH, "ssl_cert",
                         "ssl_cert begins with a certificate of ssl_ca; the one that belongs to ssl_key is expected");
    judge_place_text(given, first, place, sizeof(place));
    return fault_set(f, REASON_KEY_MISMATCH, "ssl_key", "ssl_key does not match ssl_cert: it is not the key of %s",
                     place);
}

int arrange_find_leaf(const struct given *given, EVP_PKEY *key, X509 **ret, struct fault *f)
{
    X509 *owner = cert_list_find_owner(given->chain, key);
    /* A CA after another certificate is its issuer, not a leaf out of order. */
    bool issuer = owner != NULL && owner != sk_X509_value(given->chain, 0) && X509_check_ca(owner) != 0;
    if (owner == NULL || issuer)
        return arrange_refuse_key(given, key, f);
    *ret = owner;
    return 0;
}

static bool arrange_same_order(const STACK_OF(X509) *a, const STACK_OF(X509) *b)
{
    for (int i = 0; i < sk_X509_num(a); i++)
        if (i >= sk_X509_num(b) || X509_cmp(sk_X509_value(a, i), sk_X509_value(b, i)) != 0)
            return false;
    return true;
}

/* True for another certificate of the leaf's key that is no CA; a warning names it. */
static bool arrange_is_other_leaf(X509 *certificate, X509 *leaf)
{
    EVP_PKEY *key = X509_get0_pubkey(leaf);
    return certificate != leaf && key != NULL && X509_check_ca(certificate) == 0 && cert_list_belong(certificate, key);
}

static void arrange_leave_out(const struct given *given, const X509 *certificate, struct findings *findings)
{
    char place[80];
    const char *field = judge_field(given, "ssl_cert");
    judge_place_text(given, certificate, place, sizeof(place));
    findings_add_repair(findings, REPAIR_WEAK_CERTIFICATE, field);
    findings_add_warning(findings, WARNING_OFF_PATH, field, "%s is too weak to load; it is left out", place);
}

/*
 * Copies the chain without roots that are in ssl_ca and without weak certificates off the path. The leaf always stays,
 * even if it is such a root (pinning). A server would refuse to start with a weak one, and no peer needs it.
 */
static int arrange_without_surplus(const struct given *given, const struct path *path, STACK_OF(X509) *ret,
                                   struct findings *findings)
{
    for (int i = 0; i < sk_X509_num(given->chain); i++) {
        X509 *certificate = sk_X509_value(given->chain, i);
        X509 *leaf = path->certificates[0];
        bool root = certificate != leaf && path_is_root(certificate) && cert_list_contain(given->anchors, certificate);
        if (root && arrange_is_other_leaf(certificate, leaf))
            continue;
        if (root)
            findings_add_repair(findings, REPAIR_ROOT_IN_CHAIN, judge_field(given, "ssl_cert"));
        else if (!path_contains(path, certificate) && !cert_list_load(certificate))
            arrange_leave_out(given, certificate, findings);
        else if (cert_list_push(ret, certificate) != 0)
            return -1;
    }
    return 0;
}

/*
 * Returns the certificates of the list that are on the path, in its order, then the others; NULL if allocation fails.
 */
static STACK_OF(X509) *arrange_in_order(const STACK_OF(X509) *list, const struct path *path)
{
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *ordered = sk_X509_new_null();
    if (ordered == NULL)
        return NULL;
    for (size_t i = 0; i < path->length; i++)
        if (cert_list_contain(list, path->certificates[i]) && cert_list_push(ordered, path->certificates[i]) != 0)
            return NULL;
    for (int i = 0; i < sk_X509_num(list); i++)
        if (!path_contains(path, sk_X509_value(list, i)) && cert_list_push(ordered, sk_X509_value(list, i)) != 0)
            return NULL;
    return TAKE(ordered);
}

static bool arrange_same_subject(const X509 *a, const X509 *b)
{
    return X509_NAME_cmp(X509_get_subject_name(a), X509_get_subject_name(b)) == 0;
}

/*
 * Keeps the order, except that among certificates with one subject those on the path come first, since OpenSSL looks
 * issuers up by name. NULL if allocation fails.
 */
static STACK_OF(X509) *arrange_in_order_of_names(const STACK_OF(X509) *list, const struct path *path)
{
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *ordered = sk_X509_new_null();
    bool placed[PATH_LENGTH_MAX] = {false};
    for (size_t p = 0; p < path->length; p++)
        placed[p] = !cert_list_contain(list, path->certificates[p]);
    for (int i = 0; i < sk_X509_num(list) && ordered != NULL; i++) {
        X509 *certificate = sk_X509_value(list, i);
        for (size_t p = 0; p < path->length; p++) {
            if (placed[p] || !arrange_same_subject(path->certificates[p], certificate))
                continue;
            placed[p] = true;
            if (cert_list_push(ordered, path->certificates[p]) != 0)
                return NULL;
        }
        if (!path_contains(path, certificate) && cert_list_push(ordered, certificate) != 0)
            return NULL;
    }
    return TAKE(ordered);
}

int arrange_chain(struct given *given, const struct path *path, struct findings *findings, struct fault *f)
{
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *kept = sk_X509_new_null();
    if (kept == NULL || arrange_without_surplus(given, path, kept, findings) != 0)
        return fault_no_memory(f);
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *ordered = arrange_in_order(kept, path);
    if (ordered == NULL)
        return fault_no_memory(f);
    if (!arrange_same_order(kept, ordered))
        findings_add_repair(findings, REPAIR_CHAIN_ORDER, judge_field(given, "ssl_cert"));
    sk_X509_pop_free(given->chain, X509_free);
    given->chain = TAKE(ordered);
    return 0;
}

static struct arrange_conflict arrange_compare(const struct path *path, const struct path *built)
{
    size_t i = 0;
    while (i < path->length && i < built->length && X509_cmp(path->certificates[i], built->certificates[i]) == 0)
        i++;
    bool both = i < path->length && i < built->length;
    return (struct arrange_conflict){.exists = !built_same(path, built),
                                     .taken = both ? built->certificates[i] : NULL,
                                     .wanted = both ? path->certificates[i] : NULL};
}

/* Finds what OpenSSL builds from these lists instead of the path. */
static int arrange_try(const struct path *path, STACK_OF(X509) *chain, STACK_OF(X509) *anchors, int64_t now,
                       struct arrange_conflict *ret, struct fault *f)
{
    struct path built;
    if (chain == NULL || anchors == NULL)
        return fault_no_memory(f);
    if (built_path(path->certificates[0], chain, anchors, now, &built, f) != 0)
        return -1;
    *ret = arrange_compare(path, &built);
    return 0;
}

int arrange_find_conflict(const struct given *given, const struct path *path, int64_t now, struct arrange_conflict *ret,
                          struct fault *f)
{
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *chain = arrange_in_order(given->chain, path);
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *anchors = arrange_in_order_of_names(given->anchors, path);
    return arrange_try(path, chain, anchors, now, ret, f);
}

int arrange_anchors(struct given *given, const struct path *path, int64_t now, struct findings *findings,
                    struct fault *f)
{
    struct arrange_conflict conflict;
    if (!path->complete)
        return 0;
    if (arrange_try(path, given->chain, given->anchors, now, &conflict, f) != 0)
        return -1;
    if (!conflict.exists)
        return 0;
    STACK_OF(X509) *ordered = arrange_in_order_of_names(given->anchors, path);
    if (ordered == NULL)
        return fault_no_memory(f);
    if (!arrange_same_order(given->anchors, ordered))
        findings_add_repair(findings, REPAIR_ANCHOR_ORDER, judge_field(given, "ssl_ca"));
    sk_X509_pop_free(given->anchors, X509_free);
    given->anchors = ordered;
    return 0;
}

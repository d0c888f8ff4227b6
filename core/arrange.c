#include "core/arrange.h"

#include <openssl/x509v3.h>

#include "core/certificates.h"

/* Near misses first: what the key and the certificate are, if not a pair. */
static int refuse_key(const struct given *given, EVP_PKEY *key, struct fault *f)
{
    X509 *first = sk_X509_value(given->chain, 0);
    const X509 *owner = certificates_find_owner(given->chain, key);
    char place[80];
    if (owner != NULL) {
        judge_place_text(given, owner, place, sizeof(place));
        return fault_set(f, REASON_KEY_MISMATCH, "ssl_key", "ssl_key is the key of %s, a CA, not of the leaf", place);
    }
    if (certificates_find_owner(given->anchors, key) != NULL)
        return fault_set(f, REASON_KEY_MISMATCH, "ssl_key",
                         "ssl_key does not match ssl_cert; it is the key of a certificate in ssl_ca");
    if (certificates_contain(given->anchors, first))
        return fault_set(f, REASON_KEY_MISMATCH, "ssl_cert",
                         "ssl_cert begins with a certificate of ssl_ca; the one that belongs to ssl_key is expected");
    judge_place_text(given, first, place, sizeof(place));
    return fault_set(f, REASON_KEY_MISMATCH, "ssl_key", "ssl_key does not match ssl_cert: it is not the key of %s",
                     place);
}

int arrange_find_leaf(const struct given *given, EVP_PKEY *key, X509 **ret, struct fault *f)
{
    X509 *owner = certificates_find_owner(given->chain, key);
    /* A CA that stands behind another certificate is its issuer, not a leaf out of order. */
    bool issuer = owner != NULL && owner != sk_X509_value(given->chain, 0) && X509_check_ca(owner) != 0;
    if (owner == NULL || issuer)
        return refuse_key(given, key, f);
    *ret = owner;
    return 0;
}

static bool same_order(const STACK_OF(X509) *a, const STACK_OF(X509) *b)
{
    for (int i = 0; i < sk_X509_num(a); i++)
        if (i >= sk_X509_num(b) || sk_X509_value(a, i) != sk_X509_value(b, i))
            return false;
    return true;
}

static bool is_root_of(const struct given *given, X509 *certificate)
{
    return path_is_root(certificate) && certificates_contain(given->anchors, certificate);
}

/* The chain without the roots that ssl_ca has; the leaf stays, also where it is one of them (pinning). */
static int without_roots(const struct given *given, const X509 *leaf, STACK_OF(X509) *ret, struct findings *findings)
{
    for (int i = 0; i < sk_X509_num(given->chain); i++) {
        X509 *certificate = sk_X509_value(given->chain, i);
        if (certificate != leaf && is_root_of(given, certificate))
            findings_add_repair(findings, REPAIR_ROOT_IN_CHAIN, judge_field(given, "ssl_cert"));
        else if (certificates_push(ret, certificate) != 0)
            return -1;
    }
    return 0;
}

int arrange_chain(struct given *given, const struct path *path, struct findings *findings, struct fault *f)
{
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *kept = sk_X509_new_null();
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *ordered = sk_X509_new_null();
    if (kept == NULL || ordered == NULL || without_roots(given, path->certificates[0], kept, findings) != 0)
        return fault_no_memory(f);
    for (size_t i = 0; i < path->length; i++)
        if (certificates_contain(kept, path->certificates[i]) && certificates_push(ordered, path->certificates[i]) != 0)
            return fault_no_memory(f);
    for (int i = 0; i < sk_X509_num(kept); i++)
        if (!path_contains(path, sk_X509_value(kept, i)) && certificates_push(ordered, sk_X509_value(kept, i)) != 0)
            return fault_no_memory(f);
    if (!same_order(kept, ordered))
        findings_add_repair(findings, REPAIR_CHAIN_ORDER, judge_field(given, "ssl_cert"));
    sk_X509_pop_free(given->chain, X509_free);
    given->chain = TAKE(ordered);
    return 0;
}

/* The first certificate before the anchor that OpenSSL would take for the issuer in its place; -1 if none. */
static int hiding_position(const struct given *given, const struct path *path, int64_t now)
{
    X509 *anchor = path->certificates[path->length - 1];
    X509 *issued = path->certificates[path->length - 2];
    for (int i = 0; i < sk_X509_num(given->anchors); i++) {
        X509 *candidate = sk_X509_value(given->anchors, i);
        if (X509_cmp(candidate, anchor) == 0)
            return -1;
        if (path_is_valid(candidate, now) && X509_check_issued(candidate, issued) == X509_V_OK)
            return i;
    }
    return -1;
}

int arrange_anchors(struct given *given, const struct path *path, int64_t now, struct findings *findings,
                    struct fault *f)
{
    if (!path->complete || path->length < 2)
        return 0;
    int position = hiding_position(given, path, now);
    ossl_clear_errors();
    if (position < 0)
        return 0;
    X509 *anchor = path->certificates[path->length - 1];
    for (int i = position; i < sk_X509_num(given->anchors); i++) {
        if (sk_X509_value(given->anchors, i) != anchor)
            continue;
        (void)sk_X509_delete(given->anchors, i);
        if (sk_X509_insert(given->anchors, anchor, position) <= 0) {
            X509_free(anchor);
            return fault_no_memory(f);
        }
        findings_add_repair(findings, REPAIR_ANCHOR_ORDER, judge_field(given, "ssl_ca"));
        return 0;
    }
    return 0;
}

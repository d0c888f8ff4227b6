#include "core/path.h"

#include <openssl/x509v3.h>

#include "core/certificates.h"
#include "core/key.h"

enum { SIGNATURE_CHECKS_MAX = 256 }; /* a bundle full of one name must not cost minutes */

struct search {
    STACK_OF(X509) *chain;
    STACK_OF(X509) *anchors;
    int64_t now;
    int checks_left;
    struct path path;    /* as it is being walked */
    struct path longest; /* the best that was seen */
};

bool path_is_root(X509 *certificate)
{
    bool root = (X509_get_extension_flags(certificate) & EXFLAG_SS) != 0;
    ossl_clear_errors();
    return root;
}

bool path_is_valid(const X509 *certificate, int64_t now)
{
    return ossl_time(X509_get0_notBefore(certificate)) <= now && now <= ossl_time(X509_get0_notAfter(certificate));
}

/* `issuer` has the right name and its key verifies the certificate. Oversized keys are never put to work. */
static bool has_signed(struct search *s, X509 *issuer, X509 *certificate)
{
    if (X509_NAME_cmp(X509_get_subject_name(issuer), X509_get_issuer_name(certificate)) != 0 || s->checks_left == 0)
        return false;
    s->checks_left--;
    EVP_PKEY *key = X509_get0_pubkey(issuer);
    bool verified =
        key != NULL && EVP_PKEY_get_bits(key) <= KEY_RSA_BITS_WAIVABLE_MAX && X509_verify(certificate, key) == 1;
    ossl_clear_errors();
    return verified;
}

bool path_contains(const struct path *path, const X509 *certificate)
{
    for (size_t i = 0; i < path->length; i++)
        if (X509_cmp(path->certificates[i], certificate) == 0)
            return true;
    return false;
}

static void push(struct search *s, X509 *certificate)
{
    s->path.certificates[s->path.length++] = certificate;
    if (s->path.length > s->longest.length)
        s->longest = s->path;
}

static bool extend(struct search *s);

/* Tries each certificate of the list as the next step; only roots or only the others, only valid ones or only the
 * others. */
static bool try_some(struct search *s, STACK_OF(X509) *list, bool roots, bool valid)
{
    X509 *last = s->path.certificates[s->path.length - 1];
    for (int i = 0; i < sk_X509_num(list); i++) {
        X509 *candidate = sk_X509_value(list, i);
        if (path_is_root(candidate) != roots || path_is_valid(candidate, s->now) != valid ||
            path_contains(&s->path, candidate) || !has_signed(s, candidate, last))
            continue;
        push(s, candidate);
        if (roots || extend(s))
            return true;
        s->path.length--;
    }
    return false;
}

static bool try_list(struct search *s, STACK_OF(X509) *list, bool roots)
{
    return try_some(s, list, roots, true) || try_some(s, list, roots, false);
}

static bool extend(struct search *s)
{
    if (s->path.length + 1 >= PATH_LENGTH_MAX)
        return false;
    return try_list(s, s->anchors, true) || try_list(s, s->chain, false) || try_list(s, s->anchors, false);
}

void path_find(X509 *leaf, STACK_OF(X509) *chain, STACK_OF(X509) *anchors, int64_t now, struct path *ret)
{
    struct search s = {.chain = chain, .anchors = anchors, .now = now, .checks_left = SIGNATURE_CHECKS_MAX};
    push(&s, leaf);
    bool pinned = path_is_root(leaf) && certificates_contain(anchors, leaf) && has_signed(&s, leaf, leaf);
    bool complete = pinned || extend(&s);
    *ret = complete ? s.path : s.longest;
    ret->complete = complete;
    ret->pinned = pinned;
}

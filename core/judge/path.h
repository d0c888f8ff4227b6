/*
 * path: the way from the leaf to a trust anchor.
 *
 * It is found by signature: a certificate's issuer is the one whose key verifies it, so that of several anchors of
 * one name the right one is found. Whether the path is any good is told by judge.h.
 */
#ifndef CERTFS_CORE_JUDGE_PATH_H
#define CERTFS_CORE_JUDGE_PATH_H

#include <stdint.h>

#include "core/base/budget.h"
#include "core/x509/ossl_x509.h"

enum { PATH_LENGTH_MAX = 34 };

/* Leaf first, anchor last. Borrows the certificates. */
struct path {
    X509 *certificates[PATH_LENGTH_MAX];
    size_t length;
    bool complete; /* the last one is a root of ssl_ca */
    bool pinned;   /* the leaf is itself what ssl_ca trusts */
};

/* What paths are searched in. Everything is borrowed. */
struct path_terms {
    X509 *leaf;
    STACK_OF(X509) *chain;
    STACK_OF(X509) *anchors;
    int64_t now;
    struct budget *budget;
};

/* Is shown a path; true if no other one is wanted. A fault that it sets ends the search as well. */
typedef bool path_visit(const struct path *path, void *context, struct fault *f);

/*
 * Shows `visit` each path from the leaf over certificates of the chain and the anchors to a root of the anchors, the
 * best first: those that OpenSSL would build (X509_check_issued) before those whose key identifiers disagree, and what
 * is valid at the time `now` before what is not. `ret_longest` is the longest beginning of a path that was seen,
 * complete or not. What is spent is bounded by the budget. Faults: too_costly, no_memory, what `visit` sets.
 */
MUST_CHECK int path_each(const struct path_terms *terms, path_visit *visit, void *context, struct path *ret_longest,
                         struct fault *f);

/*
 * Whether the certificate is a root as OpenSSL sees it (EXFLAG_SS): it names itself as its issuer, and its key
 * identifiers do not say otherwise. A CA's new key signed by its old one has one name too, and is none.
 */
bool path_is_root(X509 *certificate);

/* Whether the certificate names this one as its issuer, whoever has signed it. */
bool path_is_named_issuer(const X509 *issuer, const X509 *certificate);

/*
 * Whether each certificate on the path is signed by the next one, with a key that may be put to work. Fault:
 * too_costly.
 */
MUST_CHECK int path_check_signatures(const struct path *path, struct budget *budget, bool *ret, struct fault *f);

/* Whether the path holds this very certificate. */
bool path_contains(const struct path *path, const X509 *certificate);

#endif

/*
 * path: searches paths from the leaf to a trust anchor.
 *
 * The issuer of a certificate is the one whose key verifies it, so the right one of several anchors with the same name
 * is found. judge.h decides whether a path is acceptable.
 */
#ifndef CERTFS_CORE_JUDGE_PATH_H
#define CERTFS_CORE_JUDGE_PATH_H

#include <stdint.h>

#include "core/base/budget.h"
#include "core/base/cleanup.h"
#include "core/x509/ossl_x509.h"

enum { PATH_LENGTH_MAX = 34 };

/* Leaf first, anchor last. Borrows the certificates. */
struct path {
    X509 *certificates[PATH_LENGTH_MAX];
    size_t length;
    bool complete; /* the last one is a root of ssl_ca */
    bool pinned;   /* the leaf itself is in ssl_ca */
};

/* Parameters of a search. Borrows everything. */
struct path_terms {
    X509 *leaf;
    STACK_OF(X509) *chain;
    STACK_OF(X509) *anchors;
    int64_t now;
    struct budget *budget;
};

/* Called with a path; returns true to end the search. A fault ends it as well. */
typedef bool path_visit(const struct path *path, void *context, struct fault *f);

/*
 * Calls `visit` for each path from the leaf over certificates of the chain and the anchors to a root of the anchors.
 * Paths that OpenSSL would build (X509_check_issued) come before those whose key identifiers disagree, and paths valid
 * at the time `now` before others. `ret_longest` is the longest path found, complete or not. The budget limits the
 * search. Faults: too_costly, no_memory, those of `visit`.
 */
MUST_CHECK int path_each(const struct path_terms *terms, path_visit *visit, void *context, struct path *ret_longest,
                         struct fault *f);

/*
 * True if OpenSSL treats the certificate as a root (EXFLAG_SS): it names itself as its issuer, and its key identifiers
 * agree. A CA's new key signed by its old one also has one name, but is not a root.
 */
bool path_is_root(X509 *certificate);

/* True if the certificate names `issuer` as its issuer; signatures are not checked. */
bool path_is_named_issuer(const X509 *issuer, const X509 *certificate);

/* Checks that each certificate of the path is signed by the next one, with a supported key. Fault: too_costly. */
MUST_CHECK int path_check_signatures(const struct path *path, struct budget *budget, bool *ret, struct fault *f);

/* True if the path contains this certificate. */
bool path_contains(const struct path *path, const X509 *certificate);

#endif

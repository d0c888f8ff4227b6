/*
 * built: the path that OpenSSL builds, as mysqld and its peers do.
 *
 * OpenSSL builds one path and verifies only that. At each step it uses the first valid certificate of ssl_ca that may
 * be the issuer, else the first one that was sent, so the order of both lists matters.
 */
#ifndef CERTFS_CORE_JUDGE_BUILT_H
#define CERTFS_CORE_JUDGE_BUILT_H

#include "core/base/cleanup.h"
#include "core/judge/path.h"

/*
 * Builds the path as X509_verify_cert does at the time `now`, without verifying it. `complete` and `pinned` are as in
 * path.h, except that signatures are not checked. Fault: no_memory.
 */
MUST_CHECK int built_path(X509 *leaf, STACK_OF(X509) *chain, STACK_OF(X509) *anchors, int64_t now, struct path *ret,
                          struct fault *f);

/*
 * Returns a context in which X509_verify_cert builds the path, checks the content of its certificates, continues after
 * each error, and skips the signature checks. Borrows leaf and lists; free it with X509_STORE_CTX_free. NULL if
 * allocation fails.
 */
X509_STORE_CTX *built_context(X509 *leaf, STACK_OF(X509) *chain, STACK_OF(X509) *anchors, int64_t now);

/* True if both hold the same certificates in the same order. */
bool built_same(const struct path *a, const struct path *b);

#endif

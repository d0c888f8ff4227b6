/*
 * built: the path that OpenSSL builds, as mysqld and its peers do.
 *
 * OpenSSL builds one path and judges that: at each step the first certificate of ssl_ca that may be the issuer and is
 * valid, else the first one that was sent. So the order of both lists decides.
 */
#ifndef CERTFS_CORE_JUDGE_BUILT_H
#define CERTFS_CORE_JUDGE_BUILT_H

#include "core/judge/path.h"

/*
 * What X509_verify_cert builds at the time `now`; nothing is verified. `complete` and `pinned` are as in path.h, but
 * for the signatures. Fault: no_memory.
 */
MUST_CHECK int built_path(X509 *leaf, STACK_OF(X509) *chain, STACK_OF(X509) *anchors, int64_t now, struct path *ret,
                          struct fault *f);

/*
 * The context for it: X509_verify_cert builds and looks at what the certificates say, goes on after each error, and
 * ends in place of the signature checks. Borrows leaf and lists; free with X509_STORE_CTX_free. NULL if allocation
 * fails.
 */
X509_STORE_CTX *built_context(X509 *leaf, STACK_OF(X509) *chain, STACK_OF(X509) *anchors, int64_t now);

/* Whether both are the same certificates in the same order. */
bool built_same(const struct path *a, const struct path *b);

#endif

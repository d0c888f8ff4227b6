/*
 * arrange: the order in which a set's certificates are served.
 *
 * cert.pem: the leaf, the intermediates on its path, what else was given; no root that ssl_ca has already.
 * ca.pem: as given where OpenSSL builds the path from it; else those on the path come before others of their name.
 */
#ifndef CERTFS_CORE_JUDGE_ARRANGE_H
#define CERTFS_CORE_JUDGE_ARRANGE_H

#include "core/about/findings.h"
#include "core/judge/judge.h"

/*
 * The certificate of the chain that belongs to the key; where several do, the first that is no CA. Fault:
 * key_mismatch, which tells near misses: the key of a CA, say.
 */
MUST_CHECK int arrange_find_leaf(const struct given *given, EVP_PKEY *key, X509 **ret, struct fault *f);

/* Puts given->chain into serving order. Fault: no_memory. */
MUST_CHECK int arrange_chain(struct given *given, const struct path *path, struct findings *findings, struct fault *f);

/*
 * Whether OpenSSL builds the path at the time `now` once both lists are in serving order. Fault: no_memory.
 */
MUST_CHECK int arrange_works(const struct given *given, const struct path *path, int64_t now, bool *ret,
                             struct fault *f);

/* Puts given->anchors into serving order for the time `now`. Fault: no_memory. */
MUST_CHECK int arrange_anchors(struct given *given, const struct path *path, int64_t now, struct findings *findings,
                               struct fault *f);

#endif

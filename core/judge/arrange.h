/*
 * arrange: the order in which a set's certificates are served.
 *
 * cert.pem: the leaf, the intermediates on its path, the other certificates; no root that is in ssl_ca. ca.pem: in the
 * given order if OpenSSL builds the path from it; else certificates on the path come before others with their subject.
 */
#ifndef CERTFS_CORE_JUDGE_ARRANGE_H
#define CERTFS_CORE_JUDGE_ARRANGE_H

#include "core/about/findings.h"
#include "core/base/cleanup.h"
#include "core/judge/judge.h"

/*
 * Finds the certificate of the chain that belongs to the key, preferring one that is not a CA. Fault: key_mismatch,
 * with a hint on near misses such as the key of a CA.
 */
MUST_CHECK int arrange_find_leaf(const struct given *given, EVP_PKEY *key, X509 **ret, struct fault *f);

/* Puts given->chain into serving order. Fault: no_memory. */
MUST_CHECK int arrange_chain(struct given *given, const struct path *path, struct findings *findings, struct fault *f);

/* The first certificate that OpenSSL takes instead of the one that the path has. */
struct arrange_conflict {
    bool exists;
    X509 *taken, *wanted; /* borrowed from the lists; NULL where OpenSSL takes none instead, or none more */
};

/* Compares the path with what OpenSSL builds at the time `now` from both lists in serving order. Fault: no_memory. */
MUST_CHECK int arrange_find_conflict(const struct given *given, const struct path *path, int64_t now,
                                     struct arrange_conflict *ret, struct fault *f);

/* Puts given->anchors into serving order for the time `now`. Fault: no_memory. */
MUST_CHECK int arrange_anchors(struct given *given, const struct path *path, int64_t now, struct findings *findings,
                               struct fault *f);

#endif

/*
 * path: the way from the leaf to a trust anchor.
 *
 * It is found by signature: a certificate's issuer is the one whose key verifies it, so that of several anchors of
 * one name the right one is found. Whether the path is any good is told by judge.h.
 */
#ifndef CERTFS_CORE_PATH_H
#define CERTFS_CORE_PATH_H

#include <stdint.h>

#include "core/ossl.h"

enum { PATH_LENGTH_MAX = 34 };

/* Leaf first, anchor last. Borrows the certificates. */
struct path {
    X509 *certificates[PATH_LENGTH_MAX];
    size_t length;
    bool complete; /* the last one is a root of ssl_ca */
    bool pinned;   /* the leaf is itself what ssl_ca trusts */
};

/*
 * The path from `leaf` over certificates of `chain` and `anchors` to a root of `anchors`. Where there is none, the
 * longest beginning of one, with `complete` false. Of several issuers with one key, one that is valid at the time
 * `now` comes first, as with OpenSSL. The signature checks that it spends are bounded.
 */
void path_find(X509 *leaf, STACK_OF(X509) *chain, STACK_OF(X509) *anchors, int64_t now, struct path *ret);

/*
 * Whether the certificate is a root as OpenSSL sees it (EXFLAG_SS): it names itself as its issuer, and its key
 * identifiers do not say otherwise. A CA's new key signed by its old one has one name too, and is none.
 */
bool path_is_root(X509 *certificate);

/* Whether the time `now` is within the certificate's. */
bool path_is_valid(const X509 *certificate, int64_t now);

/* Whether the path holds this very certificate. */
bool path_contains(const struct path *path, const X509 *certificate);

#endif

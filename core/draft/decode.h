/*
 * decode: the certificates and the key of a set, from its fields: three, CertificatePem, or CertificateWallet.
 */
#ifndef CERTFS_CORE_DRAFT_DECODE_H
#define CERTFS_CORE_DRAFT_DECODE_H

#include "core/base/buf.h"
#include "core/judge/judge.h"
#include "core/request/request.h"

struct findings;

/* All of it is the caller's, also on -1, but for the leaf. */
struct decoded {
    struct given given;
    EVP_PKEY *key;     /* NULL: trust anchors alone */
    X509 *leaf;        /* borrowed from given; NULL: trust anchors alone */
    struct buf wallet; /* the bytes of CertificateWallet, which are served too, as they were given */
};

/*
 * The leaf is the certificate that belongs to the key. Without a budget the set was judged before. Faults: as
 * cert_list_parse, private_key_parse, arrange_find_leaf, bundle_parse, wallet_decode and wallet_read.
 */
MUST_CHECK int decode_set(const struct request_set *set, struct budget *budget, struct decoded *ret,
                          struct findings *findings, struct fault *f);

/*
 * The same of a set that is served, as its public files show it: the leaf comes first in cert.pem, which may be empty;
 * there is no key. Faults: as cert_list_parse.
 */
MUST_CHECK int decode_public(struct span ca, struct span cert, struct budget *budget, struct decoded *ret,
                             struct fault *f);

void decoded_done(struct decoded *decoded);

#endif

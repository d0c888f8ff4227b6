/*
 * bundle: the one text that DMS's CertificatePem is: certificates, and maybe a private key among them.
 *
 * Without a key all certificates are trust anchors. With one, the leaf is the certificate that the key belongs to, the
 * self-signed ones are the anchors, and the others are the chain; a self-signed leaf is both.
 */
#ifndef CERTFS_CORE_JUDGE_BUNDLE_H
#define CERTFS_CORE_JUDGE_BUNDLE_H

#include "core/judge/judge.h"

struct findings;

/*
 * Reads the text into `ret` (its lists are the caller's then, also on -1). `ret_key` and `ret_leaf` are NULL where
 * there is no key; the leaf is borrowed from the chain. Faults: malformed_pem, wrong_block, encrypted_key,
 * key_mismatch, unsupported, too_costly, too_large, no_memory. Without a budget as cert_list_parse.
 */
MUST_CHECK int bundle_parse(struct span text, struct budget *budget, struct given *ret, EVP_PKEY **ret_key,
                            X509 **ret_leaf, struct findings *findings, struct fault *f);

/*
 * Makes chain and anchors of the bundle anew, for a leaf that is borrowed from it; NULL: all are anchors. Faults:
 * too_large, no_memory.
 */
MUST_CHECK int bundle_split(struct given *given, const X509 *leaf, struct fault *f);

#endif

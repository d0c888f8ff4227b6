/*
 * bundle: splits the CertificatePem of DMS, certificates and optionally a private key in one text.
 *
 * Without a key all certificates are trust anchors. With one, the leaf is the certificate that the key belongs to,
 * self-signed certificates are anchors, and the others are the chain; a self-signed leaf is both.
 */
#ifndef CERTFS_CORE_JUDGE_BUNDLE_H
#define CERTFS_CORE_JUDGE_BUNDLE_H

#include "core/base/buf.h"
#include "core/judge/judge.h"

struct findings;

/*
 * Parses the text into `ret`, whose lists the caller must release, also on -1. Without a key `ret_key` and `ret_leaf`
 * are NULL; the leaf is borrowed from the chain. Without a budget as in cert_list_parse. Faults: malformed_pem,
 * wrong_block, encrypted_key, key_mismatch, unsupported, too_costly, too_large, no_memory.
 */
MUST_CHECK int bundle_parse(struct span text, struct budget *budget, struct given *ret, EVP_PKEY **ret_key,
                            X509 **ret_leaf, struct findings *findings, struct fault *f);

/*
 * Splits the bundle into chain and anchors again, for a leaf borrowed from it; if it is NULL, all are anchors. Faults:
 * too_large, no_memory.
 */
MUST_CHECK int bundle_split(struct given *given, const X509 *leaf, struct fault *f);

#endif

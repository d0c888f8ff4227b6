/*
 * wallet_set: splits a CertificateWallet into leaf, chain and anchors.
 *
 * A wallet distinguishes user certificates from trusted ones by Oracle's own attributes, which other programs omit when
 * they write wallets, so the key decides here too: the leaf is the certificate that a key belongs to, the chain is
 * every certificate that could have issued it, and all others are anchors, except other certificates of the leaf's key
 * (from before a renewal), which are left out. Keys without a certificate (of unsigned requests) are ignored if another
 * key has one.
 */
#ifndef CERTFS_CORE_JUDGE_WALLET_SET_H
#define CERTFS_CORE_JUDGE_WALLET_SET_H

#include "core/base/cleanup.h"
#include "core/judge/judge.h"
#include "core/pem/pem.h"

enum { WALLET_KEYS_MAX = 4 };

struct findings;

/*
 * Reads the blocks of wallet_read into `ret`, whose lists the caller must release, also on -1. Without a key `ret_key`
 * and `ret_leaf` are NULL; the leaf is borrowed from the chain. Without a budget as in cert_list_parse. Faults:
 * malformed_pem, wrong_block, key_mismatch, unsupported, too_costly, too_large, no_memory.
 */
MUST_CHECK int wallet_set_read(const struct pem *blocks, struct budget *budget, struct given *ret, EVP_PKEY **ret_key,
                               X509 **ret_leaf, struct findings *findings, struct fault *f);

/*
 * Splits again with this certificate of given->bundle as the leaf; NULL if there is none. Faults: too_costly,
 * too_large, no_memory.
 */
MUST_CHECK int wallet_set_split(struct given *given, X509 *leaf, struct budget *budget, struct fault *f);

#endif

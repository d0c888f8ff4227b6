/*
 * wallet_set: what a CertificateWallet holds, as leaf, chain and anchors.
 *
 * A wallet tells user certificates from trusted ones in attributes of Oracle's own, which other programs that write
 * wallets leave out; so it is told by the key, as everywhere: the leaf is the certificate that a key belongs to, what
 * could have issued it is the chain, and all other certificates are trusted ones; but for those of the leaf's own key
 * (of before it was renewed, say), which are neither. Keys of requests that are not signed yet belong to no certificate
 * and are passed over, where there is another key.
 */
#ifndef CERTFS_CORE_JUDGE_WALLET_SET_H
#define CERTFS_CORE_JUDGE_WALLET_SET_H

#include "core/judge/judge.h"
#include "core/pem/pem.h"

enum { WALLET_KEYS_MAX = 4 };

struct findings;

/*
 * Reads the blocks of wallet_read into `ret` (its lists are the caller's then, also on -1). `ret_key` and `ret_leaf`
 * are NULL where there is no key; the leaf is borrowed from the chain. Faults: malformed_pem, wrong_block,
 * key_mismatch, unsupported, too_costly, too_large, no_memory. Without a budget as cert_list_parse.
 */
MUST_CHECK int wallet_set_read(const struct pem *blocks, struct budget *budget, struct given *ret, EVP_PKEY **ret_key,
                               X509 **ret_leaf, struct findings *findings, struct fault *f);

/*
 * Makes chain and anchors anew for this certificate of given->bundle as the leaf, NULL for none. Faults: too_costly,
 * too_large, no_memory.
 */
MUST_CHECK int wallet_set_split(struct given *given, X509 *leaf, struct budget *budget, struct fault *f);

#endif

/*
 * wallet: Oracle's auto-login wallet (cwallet.sso), the CertificateWallet of DMS.
 *
 * Twelve bytes (magic, type, version, length of the body), a body with the encrypted password of the PFX, and a PKCS#12
 * PFX up to the end (pfx.h). The body also holds the key of that encryption: AES-128 in bytes, or DES in hexadecimal
 * digits as written by Oracle 11g.
 */
#ifndef CERTFS_CORE_PEM_WALLET_H
#define CERTFS_CORE_PEM_WALLET_H

#include "core/base/budget.h"
#include "core/base/buf.h"
#include "core/pem/pem.h"

/*
 * Decodes a wallet from JSON, base64 on any number of lines, and appends it. Faults: malformed_pem (not base64, or
 * PEM), too_large, no_memory.
 */
MUST_CHECK int wallet_decode(struct span text, struct buf *ret, struct fault *f);

/* The number of bytes that wallet_begins reads. */
enum { WALLET_BEGIN_SIZE = 3 };

/* True if a wallet of any type begins like this. */
bool wallet_begins(struct span bytes);

/*
 * Appends the certificates and keys of a wallet as blocks. Without a budget the wallet is trusted. Faults:
 * malformed_pem (not a wallet, or a damaged one), unsupported (bound to a host, Oracle 10g, algorithm), wrong_block (no
 * certificate), too_costly, too_large, no_memory.
 */
MUST_CHECK int wallet_read(struct span bytes, struct budget *budget, struct pem *ret, struct fault *f);

#endif

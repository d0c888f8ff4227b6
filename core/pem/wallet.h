/*
 * wallet: Oracle's auto-login wallet (cwallet.sso), DMS's CertificateWallet.
 *
 * Twelve bytes (magic, type, version, length of the body), a body that hides the password of what follows, and a
 * PKCS#12 PFX to the end (pfx.h). The body has the key that it is encrypted with beside it: AES-128 in bytes, or DES
 * in hexadecimal digits as Oracle 11g wrote it.
 */
#ifndef CERTFS_CORE_PEM_WALLET_H
#define CERTFS_CORE_PEM_WALLET_H

#include "core/base/budget.h"
#include "core/pem/pem.h"

/*
 * The bytes of a wallet as JSON has them: base64 on any number of lines; appended. Faults: malformed_pem (no base64,
 * PEM in its place), too_large, no_memory.
 */
MUST_CHECK int wallet_decode(struct span text, struct buf *ret, struct fault *f);

/* How many bytes wallet_begins looks at. */
enum { WALLET_BEGIN_SIZE = 3 };

/* Whether this is how a wallet begins, of whatever type. */
bool wallet_begins(struct span bytes);

/*
 * Adds the certificates and keys of a wallet as blocks. Without a budget it was opened before. Faults: malformed_pem
 * (something else than a wallet, or a damaged one), unsupported (bound to a host, of Oracle 10g, an algorithm),
 * wrong_block (no certificate), too_costly, too_large, no_memory.
 */
MUST_CHECK int wallet_read(struct span bytes, struct budget *budget, struct pem *ret, struct fault *f);

#endif

/*
 * pfx: extracts the certificates and keys of a PKCS#12 PFX (RFC 7292) with a known password.
 *
 * The MAC is checked before anything is decrypted (pbe.h). The PFX must be DER. Only the bags are decoded here;
 * certificates and keys are decoded by the same code as all others.
 */
#ifndef CERTFS_CORE_PEM_PFX_H
#define CERTFS_CORE_PEM_PFX_H

#include "core/base/buf.h"
#include "core/pem/pbe.h"
#include "core/pem/pem.h"

/*
 * Appends the certificates and keys as blocks, in their order; requests, passwords and revocation lists are ignored.
 * Faults: malformed_pem (damaged, truncated, another password), unsupported (algorithm), too_costly (iterations),
 * too_large (a salt, the number of blocks), no_memory.
 */
MUST_CHECK int pfx_read(struct span der, const struct pbe *pbe, struct pem *ret, struct fault *f);

#endif

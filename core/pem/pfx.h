/*
 * pfx: the certificates and keys of a PKCS#12 PFX (RFC 7292) whose password is known.
 *
 * Its MAC is checked before anything in it is decrypted (pbe.h). It has to be DER. Nothing is decoded here but the
 * bags, so that certificates and keys go the way of all others.
 */
#ifndef CERTFS_CORE_PEM_PFX_H
#define CERTFS_CORE_PEM_PFX_H

#include "core/pem/pbe.h"
#include "core/pem/pem.h"

/*
 * Adds the certificates and keys as blocks, in their order; requests, passwords and revocation lists are passed over.
 * Faults: malformed_pem (damaged, cut, another password), unsupported (an algorithm), too_costly (iterations),
 * too_large (a salt, their number), no_memory.
 */
MUST_CHECK int pfx_read(struct span der, const struct pbe *pbe, struct pem *ret, struct fault *f);

#endif

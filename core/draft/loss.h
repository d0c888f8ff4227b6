/*
 * loss: the files that a change would take away from those who read them.
 */
#ifndef CERTFS_CORE_DRAFT_LOSS_H
#define CERTFS_CORE_DRAFT_LOSS_H

#include "core/base/cleanup.h"
#include "core/set/content.h"
#include "core/x509/ossl_x509.h"

enum {
    LOSS_CA = 1 << MATERIAL_CA,
    LOSS_CERT = 1 << MATERIAL_CERT,
    LOSS_KEY = 1 << MATERIAL_KEY,
    LOSS_WALLET = 1 << MATERIAL_WALLET,
};

/*
 * Refuses a change that takes files away: LOSS_ bits, 0 for none. Fault: loses_files; it names them, and what to send.
 */
MUST_CHECK int loss_refuse(unsigned lost, const char *field, struct fault *f);

/* The same for a previous set that comes back. */
MUST_CHECK int loss_refuse_previous(unsigned lost, struct fault *f);

/* The certificate with this SHA-256, as cert_info.h writes it, NULL if the list does not hold it. Borrowed. */
X509 *loss_find_leaf(const STACK_OF(X509) *list, const char *sha256);

#endif

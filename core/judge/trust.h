/*
 * trust: checks whether peers with the served set and peers with the new set accept each other.
 *
 * Only certificates are needed, not private keys. A set is accepted if its chain verifies against the other set's
 * anchors for the purposes of its leaf, as built and verified by a peer's OpenSSL at security level 2.
 */
#ifndef CERTFS_CORE_JUDGE_TRUST_H
#define CERTFS_CORE_JUDGE_TRUST_H

#include <stdint.h>

#include "core/about/findings.h"
#include "core/base/budget.h"
#include "core/base/buf.h"
#include "core/x509/ossl_x509.h"

/* A set as seen by its peers. Borrows everything. */
struct trust_side {
    STACK_OF(X509) *chain;   /* of cert.pem, the leaf first */
    STACK_OF(X509) *anchors; /* of ca.pem */
    bool for_server, for_client;
};

/* The public files of the served set. */
struct trust_served {
    struct span ca, cert;
    bool for_server, for_client;
};

/*
 * Warns if replacing `served` by `next` breaks trust between peers, which change one after the other, or that
 * this could not be checked within the budget.
 */
void trust_review(const struct trust_served *served, const struct trust_side *next, int64_t now, struct budget *budget,
                  struct findings *findings);

#endif

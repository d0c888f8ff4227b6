/*
 * trust: whether peers on one set and peers on another one accept each other.
 *
 * Certificates alone decide: no private key is needed, neither of the set that is served nor of the next one. A set is
 * trusted where its chain verifies by the other one's anchors, for what its leaf is good for: as a peer's OpenSSL
 * builds and verifies it, at security level 2.
 */
#ifndef CERTFS_CORE_JUDGE_TRUST_H
#define CERTFS_CORE_JUDGE_TRUST_H

#include <stdint.h>

#include "core/about/findings.h"
#include "core/base/budget.h"
#include "core/x509/ossl_x509.h"

/* A set as its peers see it. Everything is borrowed. */
struct trust_side {
    STACK_OF(X509) *chain;   /* of cert.pem, the leaf first */
    STACK_OF(X509) *anchors; /* of ca.pem */
    bool for_server, for_client;
};

/* The set that is served, of which nothing but its public files is needed. */
struct trust_served {
    struct span ca, cert;
    bool for_server, for_client;
};

/*
 * The warning about replacing `served` by `next`: trust that breaks, since peers change one after the other. What is
 * spent comes from the budget; where that does not suffice, the warning says so.
 */
void trust_review(const struct trust_served *served, const struct trust_side *next, int64_t now, struct budget *budget,
                  struct findings *findings);

#endif

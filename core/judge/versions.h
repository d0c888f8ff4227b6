/*
 * versions: tests whether a set works in TLS 1.2 and in TLS 1.3, as a server and as a client.
 *
 * A set that works in one version only is accepted with a warning; one that works in neither is refused.
 */
#ifndef CERTFS_CORE_JUDGE_VERSIONS_H
#define CERTFS_CORE_JUDGE_VERSIONS_H

#include "core/about/findings.h"
#include "core/base/budget.h"
#include "core/base/cleanup.h"
#include "core/judge/proof.h"
#include "core/x509/ossl_x509.h"

struct versions_terms {
    struct proof_files files;
    X509 *leaf;
    int64_t now;
    int level;                   /* as in proof_load */
    bool for_server, for_client; /* the roles to test; if neither, that certificate and key work together */
    uint64_t price;              /* of one signature and of verifying the chain once, in steps of the budget */
    const char *field;           /* the field of the leaf */
};

/* Performs the handshakes. Faults: handshake_failed, too_costly (at `field`), no_memory. */
MUST_CHECK int versions_prove(const struct versions_terms *terms, struct budget *budget, struct findings *findings,
                              struct fault *f);

#endif

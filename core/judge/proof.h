/*
 * proof: TLS handshakes in memory between endpoints loaded with the bytes that will be served.
 *
 * The bytes are parsed again from scratch, by OpenSSL's own PEM reader as in mysqld. Only sets that pass are served.
 */
#ifndef CERTFS_CORE_JUDGE_PROOF_H
#define CERTFS_CORE_JUDGE_PROOF_H

#include <stdint.h>

#include "core/base/buf.h"
#include "core/x509/ossl_x509.h"

/* The three files of a set, as served. */
struct proof_files {
    struct span ca;
    struct span cert;
    struct span key;
};

/*
 * Loads an endpoint for either side. `now` is the time used for verification; `level` the security level (2; 0 if
 * policy reasons are waived). Faults: handshake_failed, with OpenSSL's error; no_memory.
 */
MUST_CHECK int proof_load(const struct proof_files *files, int64_t now, int level, SSL_CTX **ret, struct fault *f);

/*
 * Makes a server with an unknown certificate that verifies clients like `endpoint`, to test a set as a client
 * independently of its use as a server. Fault: no_memory.
 */
MUST_CHECK int proof_load_stranger(SSL_CTX *endpoint, SSL_CTX **ret, struct fault *f);

/* The kind of handshake: `version` is TLS1_2_VERSION or TLS1_3_VERSION, and both sides are restricted to it. */
struct proof_terms {
    int version;
    bool verify_server; /* the client verifies the server against its own ca */
    bool verify_client; /* the server demands and verifies a client certificate */
};

/* Performs a handshake. Faults: handshake_failed, no_memory. */
MUST_CHECK int proof_handshake(SSL_CTX *server, SSL_CTX *client, const struct proof_terms *terms, struct fault *f);

#endif

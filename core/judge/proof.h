/*
 * proof: a TLS handshake between two endpoints in memory, loaded with the very bytes that will be served.
 *
 * Nothing that was understood before is used here: the bytes are read anew, the PEM by OpenSSL's own reader, as mysqld
 * reads it. A set that passes works in a server; a set that does not must not be served.
 */
#ifndef CERTFS_CORE_JUDGE_PROOF_H
#define CERTFS_CORE_JUDGE_PROOF_H

#include <stdint.h>

#include "core/x509/ossl_x509.h"

/* The three files of a set, as they are served. */
struct proof_files {
    struct span ca;
    struct span cert;
    struct span key;
};

/*
 * Loads an endpoint, good for both sides. `now` is the time at which the other side is judged; `level` the security
 * level (2; 0 where policy reasons are waived). Fault: handshake_failed, with what OpenSSL says; no_memory.
 */
MUST_CHECK int proof_load(const struct proof_files *files, int64_t now, int level, SSL_CTX **ret, struct fault *f);

/*
 * A server with a certificate of its own that nobody knows, which judges its clients as `endpoint` does: what a set is
 * worth as a client shows beside it, whatever it is worth as a server. Faults: no_memory.
 */
MUST_CHECK int proof_load_stranger(SSL_CTX *endpoint, SSL_CTX **ret, struct fault *f);

/* How hands are shaken: `version` is TLS1_2_VERSION or TLS1_3_VERSION, and no other one is taken. */
struct proof_terms {
    int version;
    bool verify_server; /* the client judges the server by its own ca; else the server is taken as it is */
    bool verify_client; /* the other way round; else a client is asked for no certificate */
};

/* Shakes hands. Faults: handshake_failed, no_memory. */
MUST_CHECK int proof_handshake(SSL_CTX *server, SSL_CTX *client, const struct proof_terms *terms, struct fault *f);

#endif

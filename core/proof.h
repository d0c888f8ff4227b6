/*
 * proof: a TLS handshake between two endpoints in memory, loaded with the very bytes that will be served.
 *
 * Nothing that was understood before is used here: the bytes are read anew, the PEM by OpenSSL's own reader, as mysqld
 * reads it. A set that passes works in a server; a set that does not must not be served.
 */
#ifndef CERTFS_CORE_PROOF_H
#define CERTFS_CORE_PROOF_H

#include <stdint.h>

#include "core/ossl.h"

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
 * Shakes hands. `verify_server`: the client judges the server by its own ca; `verify_client`: the other way round;
 * a side that is not judged is taken as it is. Faults: handshake_failed, no_memory.
 */
MUST_CHECK int proof_handshake(SSL_CTX *server, SSL_CTX *client, bool verify_server, bool verify_client,
                               struct fault *f);

#endif

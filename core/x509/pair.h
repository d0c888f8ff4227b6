/*
 * pair: checks that the private half of a key belongs to its public half.
 *
 * X509_check_private_key compares public halves only, and OpenSSL signs correctly even with a wrong p, dp, dq or qInv,
 * since it verifies its signature and recomputes it another way. With other TLS libraries such a signature discloses
 * the key (Boneh, DeMillo, Lipton: "On the Importance of Checking Cryptographic Protocols for Faults").
 */
#ifndef CERTFS_CORE_X509_PAIR_H
#define CERTFS_CORE_X509_PAIR_H

#include "core/x509/ossl_x509.h"

/*
 * Returns what does not belong to the public half, as the end of "ssl_key is damaged: its ..."; NULL for a sound key.
 * Checks RSA by arithmetic, EC by one point multiplication, in a few hundred microseconds at most. RSA over 8192 bits
 * is also exponentiated, since the arithmetic does not detect factors that are not prime.
 */
const char *pair_trouble(EVP_PKEY *key);

#endif

/*
 * pair: whether the two halves of a private key belong together.
 *
 * X509_check_private_key compares public halves only, and OpenSSL signs rightly even with a wrong p, dp, dq or qInv,
 * since it looks at its signature and computes it another way. Other TLS libraries give the key away by it (Boneh,
 * DeMillo, Lipton: "On the Importance of Checking Cryptographic Protocols for Faults").
 */
#ifndef CERTFS_CORE_X509_PAIR_H
#define CERTFS_CORE_X509_PAIR_H

#include "core/x509/ossl_x509.h"

/*
 * What does not belong to the public half, as the end of "ssl_key is damaged: its ..."; NULL for a sound key. RSA by
 * arithmetic alone, EC by one multiplication of a point; a few hundred microseconds at most. RSA over 8192 bits is
 * also raised to its exponents, since of what is no prime the arithmetic says nothing.
 */
const char *pair_trouble(EVP_PKEY *key);

#endif

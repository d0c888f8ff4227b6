/*
 * bundles: texts for CertificatePem.
 */
#ifndef CERTFS_TESTS_UNIT_BUNDLES_H
#define CERTFS_TESTS_UNIT_BUNDLES_H

#include "tests/unit/pki.h"

/* Each appends one block. An encrypted key has a passphrase that nobody is asked for. */
void bundle_add_request(struct buf *ret, EVP_PKEY *key);
void bundle_add_revocations(struct buf *ret, X509 *issuer, EVP_PKEY *key);
void bundle_add_encrypted_key(struct buf *ret, EVP_PKEY *key);
void bundle_add_public_key(struct buf *ret, EVP_PKEY *key);
void bundle_add_parameters(struct buf *ret); /* of P-256 */

/* Leaf, key, intermediate and root, in this order. */
void bundle_of(const struct pki *pki, struct buf *ret);

#endif

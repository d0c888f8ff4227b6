/*
 * bundles: texts for CertificatePem.
 */
#ifndef CERTFS_TESTS_UNIT_LIB_BUNDLES_H
#define CERTFS_TESTS_UNIT_LIB_BUNDLES_H

#include "core/set/material.h"
#include "tests/unit/lib/pki.h"

/* Each appends one block. An encrypted key has a passphrase that nobody is asked for. */
void bundle_add_request(struct buf *ret, EVP_PKEY *key);
void bundle_add_revocations(struct buf *ret, X509 *issuer, EVP_PKEY *key);
void bundle_add_encrypted_key(struct buf *ret, EVP_PKEY *key);
void bundle_add_public_key(struct buf *ret, EVP_PKEY *key);
void bundle_add_parameters(struct buf *ret);                 /* of P-256 */
void bundle_add_corrupt_key(struct buf *ret, EVP_PKEY *key); /* an EC key whose private half is another one's */

/* Leaf, key, intermediate and root, in this order. */
void bundle_of(const struct pki *pki, struct buf *ret);

/* material_build at PKI_NOW, by the law; no fault repeats a piece of the key. `accepted` as in struct request_set. */
int bundle_build(struct span text, uint32_t accepted, struct material **ret, struct fault *f);

/* The material of a good text. */
struct material *bundle_must_build(const struct buf *text);

/* That the file has this content; NULL: that there is no such file. */
void bundle_expect_file(const struct material *material, enum material_file file, const struct buf *expected);

/* There must be one warning of this kind at PKI_NOW, with this text; and none that names a field that is not there. */
void bundle_expect_warning(const struct material *material, enum warning warning, const char *part);

#endif

/*
 * private_key: the private key of ssl_key.
 *
 * Never asks for a passphrase. Algorithm and size are checked before OpenSSL decodes anything (outline.h).
 */
#ifndef CERTFS_CORE_X509_PRIVATE_KEY_H
#define CERTFS_CORE_X509_PRIVATE_KEY_H

#include "core/about/findings.h"
#include "core/base/budget.h"
#include "core/base/buf.h"
#include "core/pem/pem.h"
#include "core/x509/ossl_x509.h"

enum { PRIVATE_KEY_RSA_BITS_MIN = 2048, PRIVATE_KEY_RSA_BITS_MAX = 8192 };

/*
 * Decodes the one private key of `text`: PKCS#8, PKCS#1 or SEC 1. EC parameters before it are dropped and reported as a
 * repair. Without a budget the text is trusted, and the outline is not checked. Faults: malformed_pem, wrong_block,
 * encrypted_key, unsupported, no_memory.
 */
MUST_CHECK int private_key_parse(struct span text, const char *field, struct budget *budget, EVP_PKEY **ret,
                                 struct findings *findings, struct fault *f);

/* The same for parsed blocks. `skip` (may be NULL) returns true for blocks to ignore. */
MUST_CHECK int private_key_read(const struct pem *pem, bool (*skip)(const struct pem_block *block), const char *field,
                                struct budget *budget, EVP_PKEY **ret, struct findings *findings, struct fault *f);

/* True if the block is a private key, encrypted or not, or EC parameters. */
bool private_key_is_block(const struct pem_block *block);

/* Decodes the private key at the start of a DER block and returns its length; NULL if there is none. Never prompts. */
EVP_PKEY *private_key_decode(struct span der, size_t *ret_used);

/* True if the key may be used: RSA, RSA-PSS, EC, Ed25519 or Ed448. */
bool private_key_is_usable(EVP_PKEY *key);

/* Returns the price of verifying a signature with the key, in steps of the budget. */
uint64_t private_key_price(EVP_PKEY *key);

/* Returns the price of making a signature with the key; at most a third of a budget. */
uint64_t private_key_signing_price(EVP_PKEY *key);

/* Returns why a key is weak (RSA under 2048 or over 8192 bits, EC with explicit parameters); NULL if it is strong. */
const char *private_key_weakness(EVP_PKEY *key);

/* Refuses an EC key on a curve that TLS libraries do not use for signatures. Fault: handshake_failed. */
MUST_CHECK int private_key_check_curve(EVP_PKEY *key, const char *field, struct fault *f);

/*
 * Appends the key as PEM: PKCS#1 for RSA (MySQL 5.6 needs it, every server accepts it), else PKCS#8. Fault: no_memory.
 */
MUST_CHECK int private_key_write(EVP_PKEY *key, struct buf *ret, struct fault *f);

#endif

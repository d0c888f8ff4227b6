/*
 * private_key: the private key of ssl_key.
 *
 * No passphrase is ever asked for. Algorithm and sizes are looked at before OpenSSL decodes anything (outline.h).
 */
#ifndef CERTFS_CORE_X509_PRIVATE_KEY_H
#define CERTFS_CORE_X509_PRIVATE_KEY_H

#include "core/about/findings.h"
#include "core/base/budget.h"
#include "core/pem/pem.h"
#include "core/x509/ossl_x509.h"

enum { PRIVATE_KEY_RSA_BITS_MIN = 2048, PRIVATE_KEY_RSA_BITS_MAX = 8192 };

/*
 * Reads the one private key of `text`: PKCS#8, PKCS#1 or SEC 1. EC parameters before it are dropped (and reported).
 * Without a budget it was judged before: its outline is not looked at. Faults: malformed_pem, wrong_block,
 * encrypted_key, unsupported, no_memory.
 */
MUST_CHECK int private_key_parse(struct span text, const char *field, struct budget *budget, EVP_PKEY **ret,
                                 struct findings *findings, struct fault *f);

/* The same for blocks that are found already. `skip` (may be NULL) tells blocks that are none of its business. */
MUST_CHECK int private_key_read(const struct pem *pem, bool (*skip)(const struct pem_block *block), const char *field,
                                struct budget *budget, EVP_PKEY **ret, struct findings *findings, struct fault *f);

/* Whether the block is a private key, encrypted or not, or the parameters of one. */
bool private_key_is_block(const struct pem_block *block);

/* The private key at the start of a DER block, and how many bytes it takes; NULL for anything else. Never prompts. */
EVP_PKEY *private_key_decode(struct span der, size_t *ret_used);

/* Whether it may be put to work at all: RSA, RSA-PSS, EC, Ed25519 or Ed448. */
bool private_key_is_usable(EVP_PKEY *key);

/* What a signature check with it costs, in steps of the budget. */
uint64_t private_key_price(EVP_PKEY *key);

/* What a signature made with it costs; at most a third of a budget. */
uint64_t private_key_signing_price(EVP_PKEY *key);

/* RSA under 2048 or over 8192 bits, EC with explicit parameters. NULL for a strong key, else what is weak about it. */
const char *private_key_weakness(EVP_PKEY *key);

/* Fault: handshake_failed, for an EC key on a curve that TLS libraries do not sign with. */
MUST_CHECK int private_key_check_curve(EVP_PKEY *key, const char *field, struct fault *f);

/* As PKCS#1 for RSA (MySQL 5.6 needs it, every server takes it), as PKCS#8 for all others. Faults: no_memory. */
MUST_CHECK int private_key_write(EVP_PKEY *key, struct buf *ret, struct fault *f);

#endif

/*
 * key: the private key of ssl_key.
 *
 * No passphrase is ever asked for. RSA sizes are bounded before any RSA work.
 */
#ifndef CERTFS_CORE_KEY_H
#define CERTFS_CORE_KEY_H

#include "core/findings.h"
#include "core/ossl.h"
#include "core/pem.h"

enum {
    KEY_RSA_BITS_MIN = 2048,
    KEY_RSA_BITS_MAX = 8192,
    KEY_RSA_BITS_WAIVABLE_MAX = 16384, /* beyond this OpenSSL itself gives up */
};

/*
 * Reads the one private key of `text`: PKCS#8, PKCS#1 or SEC 1. EC parameters before it are dropped (and reported).
 * Faults: malformed_pem, wrong_block, encrypted_key, no_memory.
 */
MUST_CHECK int key_parse(struct span text, const char *field, EVP_PKEY **ret, struct findings *findings,
                         struct fault *f);

/* The same for blocks that are found already. `skip` (may be NULL) tells blocks that are none of its business. */
MUST_CHECK int key_read(const struct pem *pem, bool (*skip)(const struct pem_block *block), const char *field,
                        EVP_PKEY **ret, struct findings *findings, struct fault *f);

/* Whether the block is a private key, encrypted or not, or the parameters of one. */
bool key_is_block(const struct pem_block *block);

/* The private key at the start of a DER block, and how many bytes it takes; NULL for anything else. Never prompts. */
EVP_PKEY *key_decode(struct span der, size_t *ret_used);

/* The private half belongs to the public half. For EC only: there it is cheap and nothing else finds it. */
bool key_is_consistent(EVP_PKEY *key);

/* RSA under 2048 or over 8192 bits, EC with explicit parameters. NULL for a strong key, else what is weak about it. */
const char *key_weakness(EVP_PKEY *key);

/* As PKCS#1 for RSA (MySQL 5.6 needs it, every server takes it), as PKCS#8 for all others. Faults: no_memory. */
MUST_CHECK int key_write(EVP_PKEY *key, struct buf *ret, struct fault *f);

#endif

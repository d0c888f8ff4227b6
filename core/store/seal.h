/*
 * seal: bytes become a CMS AuthEnvelopedData (RFC 5083, RFC 5084) and back.
 *
 * AES-256-GCM for the content, one KEKRecipientInfo with AES-256 key wrap whose key identifier is the KmsKeyId; DER.
 * `openssl cms -decrypt -inform DER -secretkey HEX -secretkeyid HEX` opens it on any host. A sealed text is opened
 * only if its DER, outside wrapped key, nonce, ciphertext and 16-byte tag, is exactly what seal_close writes: OpenSSL
 * alone takes a tag cut to 4 bytes and ignores bits outside the authenticated part.
 */
#ifndef CERTFS_CORE_STORE_SEAL_H
#define CERTFS_CORE_STORE_SEAL_H

#include "core/base/buf.h"
#include "core/store/kek.h"

/* Seals with the key (KEK_SIZE bytes) named `id`. Faults: no_memory, store_failed. */
MUST_CHECK int seal_close(struct span text, struct span key, const char *id, struct buf *ret, struct fault *f);

/* The identifier of the key that opens it. Fault: store_failed, if seal_close did not write it. */
MUST_CHECK int seal_key_id(struct span sealed, char ret[static KEK_ID_MAX + 1], struct fault *f);

/* Opens. Faults: store_failed (not the template, wrong key, not authentic), no_memory. */
MUST_CHECK int seal_open(struct span sealed, struct span key, const char *id, struct buf *ret, struct fault *f);

#endif

/*
 * ossl: OpenSSL's objects as owned locals, and its error queue; what is about certificates is in ossl_x509.h.
 *
 * The error queue is empty before and after each of our functions that uses it: nothing leaks from one import into
 * the next.
 */
#ifndef CERTFS_CORE_BASE_OSSL_H
#define CERTFS_CORE_BASE_OSSL_H

#include <openssl/bio.h>
#include <openssl/encoder.h>
#include <openssl/evp.h>

/* For CLEANUP; all accept NULL. */
void ossl_key_freep(EVP_PKEY **key);
void ossl_pkey_ctx_freep(EVP_PKEY_CTX **context);
void ossl_encoder_freep(OSSL_ENCODER_CTX **encoder);
void ossl_bio_freep(BIO **bio);

/* Empties the error queue. */
void ossl_clear_errors(void);

/* The text of the newest error ("" if there is none); empties the queue. The text lives for ever. */
const char *ossl_take_error(void);

#endif

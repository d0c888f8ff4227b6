/*
 * ossl: OpenSSL objects as owned locals, and OpenSSL's error queue. ossl_x509.h is the same for certificates.
 *
 * Every function of certfs that uses the error queue leaves it empty, so that no error leaks into the next import.
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

/* Returns the text of the newest error ("" if there is none), which is never freed, and empties the queue. */
const char *ossl_take_error(void);

#endif

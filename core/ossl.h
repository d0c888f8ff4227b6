/*
 * ossl: OpenSSL's objects as owned locals, its error queue, its names as text.
 *
 * The error queue is empty before and after each of our functions that uses it: nothing leaks from one import into
 * the next.
 */
#ifndef CERTFS_CORE_OSSL_H
#define CERTFS_CORE_OSSL_H

#include <openssl/bio.h>
#include <openssl/encoder.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "core/buf.h"

/* For CLEANUP; all accept NULL. The stack's certificates are released with it. */
void ossl_x509_freep(X509 **certificate);
void ossl_stack_freep(STACK_OF(X509) **stack);
void ossl_key_freep(EVP_PKEY **key);
void ossl_pkey_ctx_freep(EVP_PKEY_CTX **context);
void ossl_encoder_freep(OSSL_ENCODER_CTX **encoder);
void ossl_bio_freep(BIO **bio);
void ossl_ssl_freep(SSL **ssl);
void ossl_ssl_ctx_freep(SSL_CTX **context);
void ossl_store_ctx_freep(X509_STORE_CTX **context);

/* Empties the error queue. */
void ossl_clear_errors(void);

/* The text of the newest error ("" if there is none); empties the queue. The text lives for ever. */
const char *ossl_take_error(void);

/*
 * A name as RFC 2253 writes it, all of it printable ASCII: control and 8-bit characters as \XX. Cut to fit, with
 * "..." at the end.
 */
void ossl_name_text(const X509_NAME *name, char *ret, size_t size);

/* Marks a text that fills its `size` bytes (8 or more) as cut: it ends in "...", and not within an escape. */
void ossl_cut(char *ret, size_t size);

/*
 * The subject of a certificate, as above; where that is empty its first alternative name ("DNS:db1.example.com"), and
 * "no name" where it has none.
 */
void ossl_subject_text(const X509 *certificate, char *ret, size_t size);

/* The content of the first extension of this kind; empty if there is none. Borrows the certificate's bytes. */
struct span ossl_extension(const X509 *certificate, int nid);

/* Seconds since the epoch; years up to 9999. A time that does not parse is 0. */
int64_t ossl_time(const ASN1_TIME *time);

#endif

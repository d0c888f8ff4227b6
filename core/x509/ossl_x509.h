/*
 * ossl_x509: the same of certificates and of TLS: owned locals, names as text, extensions, times.
 */
#ifndef CERTFS_CORE_X509_OSSL_X509_H
#define CERTFS_CORE_X509_OSSL_X509_H

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "core/base/buf.h"
#include "core/base/ossl.h"

/* For CLEANUP; all accept NULL. The stack's certificates are released with it. */
void ossl_x509_freep(X509 **certificate);
void ossl_stack_freep(STACK_OF(X509) **stack);
void ossl_ssl_freep(SSL **ssl);
void ossl_ssl_ctx_freep(SSL_CTX **context);
void ossl_store_ctx_freep(X509_STORE_CTX **context);

/*
 * A name as RFC 2253 writes it, all of it printable ASCII: control and 8-bit characters as \XX. Cut to fit, with
 * "..." at the end.
 */
void ossl_name_text(const X509_NAME *name, char *ret, size_t size);

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

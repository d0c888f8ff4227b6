/*
 * ossl_x509: certificates and TLS objects as owned locals; names as text, extensions, times.
 */
#ifndef CERTFS_CORE_X509_OSSL_X509_H
#define CERTFS_CORE_X509_OSSL_X509_H

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "core/base/buf.h"
#include "core/base/ossl.h" /* handed on */

/* For CLEANUP; all accept NULL. The certificates of a stack are released with it. */
void ossl_x509_freep(X509 **certificate);
void ossl_stack_freep(STACK_OF(X509) **stack);
void ossl_ssl_freep(SSL **ssl);
void ossl_ssl_ctx_freep(SSL_CTX **context);
void ossl_store_ctx_freep(X509_STORE_CTX **context);

/*
 * Writes a name in the format of RFC 2253, in printable ASCII: control and 8-bit characters become \XX. Truncated to
 * fit, with "..." at the end.
 */
void ossl_name_text(const X509_NAME *name, char *ret, size_t size);

/*
 * Writes the subject of a certificate as above; if it is empty, its first alternative name ("DNS:db1.example.com"), or
 * "no name".
 */
void ossl_subject_text(const X509 *certificate, char *ret, size_t size);

/* Returns the content of the first extension of this kind; empty if there is none. Borrows the certificate's bytes. */
struct span ossl_extension(const X509 *certificate, int nid);

/* Returns seconds since the epoch; 0 if the time does not parse. Works up to the year 9999. */
int64_t ossl_time(const ASN1_TIME *time);

#endif

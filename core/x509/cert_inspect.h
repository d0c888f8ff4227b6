/*
 * cert_inspect: collects information about a certificate (cert_info.h).
 */
#ifndef CERTFS_CORE_X509_CERT_INSPECT_H
#define CERTFS_CORE_X509_CERT_INSPECT_H

#include "core/about/cert_info.h"
#include "core/x509/ossl_x509.h"

/* Writes the SHA-256 of a certificate's DER in lower-case hexadecimal; "" if it cannot be computed. */
void cert_inspect_sha256(const X509 *certificate, char ret[CERT_INFO_HEX_SIZE]);

/* Collects information about a certificate; absent members stay empty. */
void cert_inspect(X509 *certificate, struct cert_info *ret);

#endif

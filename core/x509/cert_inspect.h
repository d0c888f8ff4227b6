/*
 * cert_inspect: the facts of a certificate (cert_info.h), taken from it.
 */
#ifndef CERTFS_CORE_X509_CERT_INSPECT_H
#define CERTFS_CORE_X509_CERT_INSPECT_H

#include "core/about/cert_info.h"
#include "core/x509/ossl_x509.h"

/* The SHA-256 of a certificate's DER, in lower-case hexadecimal; "" where there is none. */
void cert_inspect_sha256(const X509 *certificate, char ret[CERT_INFO_HEX_SIZE]);

/* Collects the facts about a certificate; what it does not have stays empty. */
void cert_inspect(X509 *certificate, struct cert_info *ret);

#endif

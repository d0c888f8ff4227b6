/*
 * cert_facts: the facts of a certificate (facts.h), taken from it.
 */
#ifndef CERTFS_CORE_X509_CERT_FACTS_H
#define CERTFS_CORE_X509_CERT_FACTS_H

#include "core/about/facts.h"
#include "core/x509/ossl_x509.h"

/* The SHA-256 of a certificate's DER, in lower-case hexadecimal; "" where there is none. */
void facts_sha256(const X509 *certificate, char ret[FACTS_HEX_SIZE]);

/* Collects the facts about a certificate; what it does not have stays empty. */
void facts_collect(X509 *certificate, struct facts *ret);

#endif

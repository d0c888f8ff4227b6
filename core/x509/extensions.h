/*
 * extensions: what OpenSSL does with a certificate's extensions beyond their size.
 *
 * OpenSSL takes BER as well, with tags and lengths in forms that der.h does not know. What is not DER is therefore
 * counted as if it held as many elements as it has room for.
 */
#ifndef CERTFS_CORE_X509_EXTENSIONS_H
#define CERTFS_CORE_X509_EXTENSIONS_H

#include "core/x509/ossl_x509.h"

/*
 * What it costs, in steps of the budget, to have OpenSSL look at the extensions for the first time. It copies the
 * issuer's name for each distribution point that is named relative to it (RFC 5280, 4.2.1.13), and keeps the copies.
 */
uint64_t extensions_price(const X509 *certificate);

#endif

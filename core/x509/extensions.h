/*
 * extensions: what OpenSSL spends on a certificate's extensions beyond their size.
 *
 * OpenSSL also accepts BER, with tags and lengths that der.h refuses. Anything that is not DER is therefore counted as
 * the largest number of elements that it has space for.
 */
#ifndef CERTFS_CORE_X509_EXTENSIONS_H
#define CERTFS_CORE_X509_EXTENSIONS_H

#include "core/x509/ossl_x509.h"

/*
 * Returns the price, in steps of the budget, of having OpenSSL parse the extensions. It keeps a copy of the issuer's
 * name for each distribution point that is named relative to it (RFC 5280, 4.2.1.13).
 */
uint64_t extensions_price(const X509 *certificate);

#endif

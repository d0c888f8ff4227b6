/*
 * renewal: whether one certificate is issued anew for what another one was issued for.
 */
#ifndef CERTFS_CORE_X509_RENEWAL_H
#define CERTFS_CORE_X509_RENEWAL_H

#include <stdbool.h>

#include "core/x509/ossl_x509.h"

/*
 * Whether both have the same subject and the same alternative names, in whatever order. Lists of more than 128 names
 * count as the same if their bytes are.
 */
bool renewal_has_names_of(const X509 *certificate, const X509 *other);

#endif

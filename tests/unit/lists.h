/*
 * lists: lists of certificates for tests, which take a reference of each and are released with CLEANUP.
 */
#ifndef CERTFS_TESTS_UNIT_LISTS_H
#define CERTFS_TESTS_UNIT_LISTS_H

#include "core/ossl.h"

/* Up to three certificates; NULL for none. */
STACK_OF(X509) *list_of(X509 *a, X509 *b, X509 *c);

#endif

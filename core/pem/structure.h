/*
 * structure: identifies DER that is not what was expected by its outermost layers.
 */
#ifndef CERTFS_CORE_PEM_STRUCTURE_H
#define CERTFS_CORE_PEM_STRUCTURE_H

#include "core/base/buf.h"

enum structure {
    STRUCTURE_OTHER, /* including certificates and plain private keys */
    STRUCTURE_PKCS7,
    STRUCTURE_PKCS12,
    STRUCTURE_ENCRYPTED_KEY, /* PKCS#8 */
    STRUCTURE_REQUEST,
    STRUCTURE_REVOCATION_LIST,
    STRUCTURE_PUBLIC_KEY,
    STRUCTURE_COUNT,
};

/* Identifies DER; its beginning suffices. */
enum structure structure_of(struct span der);

/*
 * Returns the end of a sentence with advice: "a PKCS#7 bundle; convert it with openssl pkcs7 -print_certs". NULL for
 * OTHER. Never freed.
 */
const char *structure_name(enum structure structure);

#endif

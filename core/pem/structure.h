/*
 * structure: what a piece of DER is, by its outermost layers, where it is not what was expected.
 */
#ifndef CERTFS_CORE_PEM_STRUCTURE_H
#define CERTFS_CORE_PEM_STRUCTURE_H

#include "core/base/buf.h"

enum structure {
    STRUCTURE_OTHER, /* a certificate and a plain private key among others */
    STRUCTURE_PKCS7,
    STRUCTURE_PKCS12,
    STRUCTURE_ENCRYPTED_KEY, /* PKCS#8 */
    STRUCTURE_REQUEST,
    STRUCTURE_REVOCATION_LIST,
    STRUCTURE_PUBLIC_KEY,
    STRUCTURE_COUNT,
};

/* The beginning of the DER is enough. */
enum structure structure_of(struct span der);

/*
 * As the end of a sentence, with what to do: "a PKCS#7 bundle; convert it with openssl pkcs7 -print_certs". NULL for
 * OTHER. Lives for ever.
 */
const char *structure_name(enum structure structure);

#endif

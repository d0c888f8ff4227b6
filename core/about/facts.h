/*
 * facts: what may be told about a leaf certificate. Public values only, all text printable ASCII.
 */
#ifndef CERTFS_CORE_ABOUT_FACTS_H
#define CERTFS_CORE_ABOUT_FACTS_H

#include <stdint.h>

enum { FACTS_NAME_SIZE = 256, FACTS_WORD_SIZE = 64, FACTS_HEX_SIZE = 65 };

struct facts {
    char subject[FACTS_NAME_SIZE]; /* RFC 2253 */
    char issuer[FACTS_NAME_SIZE];
    char serial[FACTS_HEX_SIZE];         /* upper-case hexadecimal, as openssl x509 -serial prints it */
    int64_t not_before, not_after;       /* seconds since the epoch */
    char key_algorithm[FACTS_WORD_SIZE]; /* "RSA", "EC", "ED25519" */
    int key_bits;
    char signature_algorithm[FACTS_WORD_SIZE]; /* "RSA-SHA256" */
    char java_algorithm[FACTS_WORD_SIZE];      /* the same as Java and DMS name it: "SHA256withRSA" */
    char sha256[FACTS_HEX_SIZE];               /* of the certificate's DER, lower case */
};

#endif

/*
 * cert_info: information about a leaf certificate. Public values only; all text is printable ASCII.
 */
#ifndef CERTFS_CORE_ABOUT_CERT_INFO_H
#define CERTFS_CORE_ABOUT_CERT_INFO_H

#include <stdbool.h>
#include <stdint.h>

enum { CERT_INFO_NAME_SIZE = 256, CERT_INFO_WORD_SIZE = 64, CERT_INFO_HEX_SIZE = 65 };

struct cert_info {
    char subject[CERT_INFO_NAME_SIZE]; /* RFC 2253 */
    char issuer[CERT_INFO_NAME_SIZE];
    char serial[CERT_INFO_HEX_SIZE];         /* upper-case hexadecimal, as openssl x509 -serial prints it */
    int64_t not_before, not_after;           /* seconds since the epoch */
    char key_algorithm[CERT_INFO_WORD_SIZE]; /* "RSA", "EC", "ED25519" */
    int key_bits;
    char signature_algorithm[CERT_INFO_WORD_SIZE]; /* "RSA-SHA256" */
    char java_algorithm[CERT_INFO_WORD_SIZE];      /* the same as Java and DMS name it: "SHA256withRSA" */
    char sha256[CERT_INFO_HEX_SIZE];               /* of the certificate's DER, lower case */
};

/* Whether the text is one that `sha256` can have. */
bool cert_info_is_sha256(const char *text);

#endif

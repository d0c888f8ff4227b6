/*
 * outline: reads the algorithm and size of a key from its DER, before OpenSSL decodes it.
 *
 * Decoding alone can take hours: OpenSSL computes the public half of a DSA key and the square root of a compressed
 * point at once, whatever their size. Only keys with an allowed outline are decoded.
 */
#ifndef CERTFS_CORE_PEM_OUTLINE_H
#define CERTFS_CORE_PEM_OUTLINE_H

#include "core/base/buf.h"

enum outline_algorithm {
    OUTLINE_OTHER, /* at most its name is known; such a key is never used */
    OUTLINE_RSA,
    OUTLINE_RSA_PSS,
    OUTLINE_EC,
    OUTLINE_ED25519,
    OUTLINE_ED448,
};

enum {
    OUTLINE_RSA_BITS_MAX = 16384,    /* OpenSSL's own limit */
    OUTLINE_EXPONENT_BITS_MAX = 256, /* FIPS 186-5, A.1.1 */
};

struct outline {
    enum outline_algorithm algorithm;
    const char *name;     /* "RSA", "DSA", "an unknown"; never freed */
    size_t bits;          /* of an RSA modulus or of one coordinate of an EC point; else 0 */
    size_t exponent_bits; /* of an RSA public exponent */
    bool oversized; /* the numbers of an RSA private key are longer than its modulus allows, or RSA-PSS parameters are
                       long */
    bool explicit_curve; /* EC parameters that are not a named curve */
    bool compressed;     /* an EC point with one coordinate that has to be computed */
};

/* The encodings of a private key. */
enum outline_form { OUTLINE_PKCS8, OUTLINE_PKCS1, OUTLINE_SEC1 };

/*
 * Reads the public key of a DER certificate. False if it is not a certificate in DER; OpenSSL must not decode it then.
 * An RSA or EC key that is not DER gets the algorithm OTHER.
 */
bool outline_certificate(struct span certificate, struct outline *ret);

/* The same for a SubjectPublicKeyInfo. */
bool outline_public_key(struct span info, struct outline *ret);

/* Reads a private key and its encoding from the first element of `key`; trailing bytes are ignored. */
bool outline_private_key(struct span key, struct outline *ret, enum outline_form *ret_form);

/*
 * Returns the limit that is exceeded, as the end of a sentence: "an RSA key over 16384 bits". NULL if there is none,
 * and for OUTLINE_OTHER.
 */
const char *outline_excess(const struct outline *outline);

#endif

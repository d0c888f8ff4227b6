/*
 * outline: which algorithm a key is of and how large it is, read from its DER before OpenSSL decodes anything.
 *
 * Decoding alone can cost hours: OpenSSL computes the public half of a DSA key and the square root of a compressed
 * point at once, whatever their size. So nothing is decoded of which the outline is not known and allowed.
 */
#ifndef CERTFS_CORE_PEM_OUTLINE_H
#define CERTFS_CORE_PEM_OUTLINE_H

#include "core/base/buf.h"

enum outline_algorithm {
    OUTLINE_OTHER, /* known by name at most: it is never put to work */
    OUTLINE_RSA,
    OUTLINE_RSA_PSS,
    OUTLINE_EC,
    OUTLINE_ED25519,
    OUTLINE_ED448,
};

enum {
    OUTLINE_RSA_BITS_MAX = 16384,    /* beyond this OpenSSL itself gives up */
    OUTLINE_EXPONENT_BITS_MAX = 256, /* FIPS 186-5, A.1.1 */
};

struct outline {
    enum outline_algorithm algorithm;
    const char *name;     /* "RSA", "DSA", "an unknown"; lives for ever */
    size_t bits;          /* of an RSA modulus; of an EC point's coordinate; else 0 */
    size_t exponent_bits; /* of an RSA public exponent */
    bool oversized;      /* other numbers of an RSA private key longer than its modulus allows, or RSA-PSS parameters */
    bool explicit_curve; /* EC parameters that are not the name of a curve */
    bool compressed;     /* an EC point of which one coordinate has to be computed */
};

/* The forms in which a private key is written. */
enum outline_form { OUTLINE_PKCS8, OUTLINE_PKCS1, OUTLINE_SEC1 };

/*
 * The public key of a DER certificate. False for what is no certificate in DER: OpenSSL must not see it. An RSA or EC
 * key that is none in DER makes its algorithm OTHER.
 */
bool outline_certificate(struct span certificate, struct outline *ret);

/* The same of a SubjectPublicKeyInfo. */
bool outline_public_key(struct span info, struct outline *ret);

/* A private key and its form, from the first element of `key`; bytes behind it are not looked at. */
bool outline_private_key(struct span key, struct outline *ret, enum outline_form *ret_form);

/*
 * What is beyond every limit, as the end of a sentence: "an RSA key over 16384 bits". NULL where nothing is, also
 * for OUTLINE_OTHER.
 */
const char *outline_excess(const struct outline *outline);

#endif

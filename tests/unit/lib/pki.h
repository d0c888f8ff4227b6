/*
 * pki: certificates and keys made on the spot, so that the repository holds no key.
 *
 * Keys are EC P-256 where it does not matter, for speed; they are made once per program and shared. Times are
 * relative to PKI_NOW, which is also the `now` that tests hand to core. Whatever goes wrong in here fails the test.
 */
#ifndef CERTFS_TESTS_UNIT_LIB_PKI_H
#define CERTFS_TESTS_UNIT_LIB_PKI_H

#include <stdint.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "core/base/buf.h"

enum { PKI_DAY = 86400 };

#define PKI_NOW INT64_C(1790000000) /* in September 2026 */

/* Keys that live as long as the program. Distinct numbers are distinct keys. */
enum { PKI_KEYS_MAX = 64 };
EVP_PKEY *pki_key(int number);     /* EC P-256 */
EVP_PKEY *pki_rsa_key(void);       /* RSA-2048 */
EVP_PKEY *pki_small_rsa_key(void); /* RSA-1024 */
EVP_PKEY *pki_rsa_pss_key(void);   /* RSA-PSS, 2048 bits */
EVP_PKEY *pki_ed25519_key(void);

enum pki_kind {
    PKI_LEAF,           /* basicConstraints CA:FALSE */
    PKI_CA,             /* basicConstraints critical CA:TRUE, keyUsage keyCertSign */
    PKI_NO_CONSTRAINTS, /* version 3 without basicConstraints */
    PKI_VERSION_1,      /* no extensions at all */
};

enum { PKI_EXTRA_MAX = 6 };

/* All zero but `name` and `key`: a self-signed leaf, valid from a day ago for a year. */
struct pki_spec {
    const char *name; /* the subject's common name, in UTF-8 */
    EVP_PKEY *key;
    X509 *issuer; /* NULL: self-signed */
    EVP_PKEY *issuer_key;
    enum pki_kind kind;
    int64_t from, until;              /* seconds relative to PKI_NOW; both 0: -1 day, +365 days */
    const EVP_MD *digest;             /* NULL: SHA-256, or what the key itself brings */
    const char *purpose;              /* extendedKeyUsage as openssl.cnf has it, NULL for none */
    bool no_key_identifiers;          /* neither subject nor authority key identifier */
    long serial;                      /* 0: the next number */
    const char *extra[PKI_EXTRA_MAX]; /* further extensions as openssl.cnf has them: pairs of a name and a value */
};

X509 *pki_certificate(const struct pki_spec *spec);

/* The same certificate with one bit of its signature flipped. */
X509 *pki_with_broken_signature(const X509 *certificate);

/* Appended as PEM; the key as PKCS#8, or as its own type's form. */
void pki_write_certificate(struct buf *ret, const X509 *certificate);
void pki_write_key(struct buf *ret, const EVP_PKEY *key);
void pki_write_traditional_key(struct buf *ret, const EVP_PKEY *key);

/* Appends what was written to the BIO, and frees the BIO. */
void pki_write_bio(struct buf *ret, BIO *bio);

/* A root, an intermediate below it and a leaf below that, and the three fields of a request made of them. */
struct pki {
    X509 *root, *intermediate, *leaf;
    EVP_PKEY *root_key, *intermediate_key, *leaf_key; /* shared, as above */
    struct buf ca, cert, key;                         /* root; leaf and intermediate; key: all as PEM */
};

/* `leaf_key` is any of the keys above. */
void pki_make(struct pki *pki, EVP_PKEY *leaf_key);
void pki_done(struct pki *pki);

/* A member of a document, "name":"value", in which line feeds are escaped. Appended. */
void pki_write_member(struct buf *ret, const char *name, struct span value);

/* A request document with these fields. Appended. */
void pki_write_document(struct buf *ret, struct span ca, struct span cert, struct span key);

#endif

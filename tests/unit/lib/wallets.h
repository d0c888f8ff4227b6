/*
 * wallets: Oracle auto-login wallets made on the spot, from the layout that core/pem/wallet.h has.
 */
#ifndef CERTFS_TESTS_UNIT_LIB_WALLETS_H
#define CERTFS_TESTS_UNIT_LIB_WALLETS_H

#include <stdbool.h>

#include "tests/unit/lib/pki.h"

/* All zero is an auto-login wallet (type 6), AES body, AES-256 inside, with nothing in it. */
struct wallet_spec {
    char type;            /* '6', '7', '8'; 0: '6' */
    bool des;             /* the body is DES in hexadecimal digits, as of 11g */
    const char *password; /* 16 bytes; NULL: one with control characters */
    EVP_PKEY *key;        /* NULL: none */
    bool shrouded;        /* the key is encrypted by itself, in an open part */
    X509 *certificates[8];
    int nid;           /* of the encryption; 0: NID_aes_256_cbc */
    int iterations;    /* 0: 16, for speed */
    const EVP_MD *mac; /* NULL: SHA-1, as orapki's */
    bool no_mac;
    bool secret; /* a secret bag is among the others */
};

/* A wallet of leaf, intermediate and root with the leaf's key. */
struct wallet_spec wallet_of(const struct pki *pki);

/* Appends the bytes. Whatever goes wrong fails the test. */
void wallet_make(const struct wallet_spec *spec, struct buf *ret);

/* Gives a wallet with an AES body and the default password a MAC that fits, whatever was changed in it. */
void wallet_seal_again(struct buf *bytes);

/* Appends them in base64, on one line. */
void wallet_text(struct span bytes, struct buf *ret);

/* The content of a secret bag, which must never be shown. */
#define WALLET_SECRET "a stored password"

#endif

/*
 * pbe: password-based encryption and the MAC of PKCS#12 (RFC 7292, RFC 8018).
 *
 * The parameters are read from the DER before OpenSSL sees them: only known algorithms and short salts are accepted,
 * and iterations are paid for before the first one.
 */
#ifndef CERTFS_CORE_PEM_PBE_H
#define CERTFS_CORE_PEM_PBE_H

#include "core/base/budget.h"
#include "core/base/buf.h"

enum {
    PBE_PASSWORD_MAX = 32,
    PBE_SALT_MAX = 64,
    PBE_ITERATIONS_MAX = 500000, /* of all derivations with one password in total; a wallet has about 30,000 */
};

/* One password, and how many iterations were made with it. Borrows everything. */
struct pbe {
    struct span password;
    const char *field;     /* the member, for faults */
    struct budget *budget; /* NULL: trusted, not paid for again */
    uint64_t iterations;   /* so far */
};

/*
 * Checks that the content of a MacData authenticates these bytes. Faults: malformed_pem (it does not, or it is
 * damaged), unsupported (algorithm), too_large (salt), too_costly.
 */
MUST_CHECK int pbe_check_mac(struct pbe *pbe, struct span mac_data, struct span authentic, struct fault *f);

/* Decrypts with a whole AlgorithmIdentifier and appends the plaintext. Faults: as above, no_memory. */
MUST_CHECK int pbe_decrypt(struct pbe *pbe, struct span algorithm, struct span cipher, struct buf *ret,
                           struct fault *f);

/* Sets malformed_pem, "the wallet is damaged: `what`". Returns -1. */
int pbe_refuse(const struct pbe *pbe, const char *what, struct fault *f);

/* Sets unsupported, "the wallet is `what`; rewrite it with a current orapki". Returns -1. */
int pbe_refuse_algorithm(const struct pbe *pbe, const char *what, struct fault *f);

#endif

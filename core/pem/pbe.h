/*
 * pbe: password-based encryption and the MAC of PKCS#12 (RFC 7292, RFC 8018).
 *
 * What is asked for is read from the DER before OpenSSL sees it: algorithms that are known, salts that are short, and
 * iterations that are paid for before the first one.
 */
#ifndef CERTFS_CORE_PEM_PBE_H
#define CERTFS_CORE_PEM_PBE_H

#include "core/base/budget.h"
#include "core/base/buf.h"

enum {
    PBE_PASSWORD_MAX = 32,
    PBE_SALT_MAX = 64,
    PBE_ITERATIONS_MAX = 500000, /* of all derivations with one password together; a wallet has 30,000 or so */
};

/* One password and what has been spent on it. Everything is borrowed. */
struct pbe {
    struct span password;
    const char *field;     /* the member, for faults */
    struct budget *budget; /* NULL: it was paid for before */
    uint64_t iterations;   /* so far */
};

/*
 * Whether the content of a MacData authenticates these bytes. Faults: malformed_pem (it does not, or is damaged),
 * unsupported (an algorithm), too_large (a salt), too_costly.
 */
MUST_CHECK int pbe_check_mac(struct pbe *pbe, struct span mac_data, struct span authentic, struct fault *f);

/* Decrypts by a whole AlgorithmIdentifier; appended. Faults: as above, no_memory. */
MUST_CHECK int pbe_decrypt(struct pbe *pbe, struct span algorithm, struct span cipher, struct buf *ret,
                           struct fault *f);

/* "the wallet is damaged: `what`", as malformed_pem. */
int pbe_refuse(const struct pbe *pbe, const char *what, struct fault *f);

/* "the wallet is `what`; write it anew with a current orapki", as unsupported. */
int pbe_refuse_algorithm(const struct pbe *pbe, const char *what, struct fault *f);

#endif

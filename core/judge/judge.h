/*
 * judge: what is wrong with a path, by X509_verify_cert at security level 2.
 *
 * The judge sees nothing but the path: what else stands in ssl_ca does not matter.
 * The anchor's own signature is not judged. Every violation is collected, since some of them may be waived.
 */
#ifndef CERTFS_CORE_JUDGE_JUDGE_H
#define CERTFS_CORE_JUDGE_JUDGE_H

#include <stdint.h>

#include "core/judge/path.h"

enum { JUDGE_VIOLATIONS_MAX = 12, JUDGE_SECURITY_LEVEL = 2 };

/* The certificates that were given, for telling where one stands. */
struct given {
    STACK_OF(X509) *chain;   /* of ssl_cert */
    STACK_OF(X509) *anchors; /* of ssl_ca */
    /*
     * Where all stood in one place, CertificatePem or CertificateWallet: every certificate as it was written. Chain and
     * anchors are then what was made of them, and without anchors the end of the path is not judged. NULL: three
     * fields.
     */
    STACK_OF(X509) *bundle;
    bool wallet; /* with a bundle: it was a CertificateWallet */
};

/* Releases the lists. */
void given_done(struct given *given);

/* The field that something of a set stands in: "ssl_cert", say, or "CertificatePem". Lives for ever. */
const char *judge_field(const struct given *given, const char *field);

struct verdict {
    struct fault violations[JUDGE_VIOLATIONS_MAX]; /* the first of each reason, as the fault it makes if not waived */
    size_t count;
    bool for_server, for_client; /* what the path is good for by its purposes */
};

/* Whether all that is wrong is among the waived reasons, bit 1 << reason; so it is where nothing is. */
bool judge_is_accepted(const struct verdict *verdict, uint32_t accepted);

/*
 * Judges the path at the time `now` (seconds since the epoch). Faults: too_costly, no_memory; what is wrong with the
 * path is the verdict.
 */
MUST_CHECK int judge_path(const struct path *path, const struct given *given, int64_t now, struct budget *budget,
                          struct verdict *ret, struct fault *f);

/* Whether each certificate of the path may be what it is there, for X509_PURPOSE_SSL_SERVER or _CLIENT. */
bool judge_serves(const struct path *path, int purpose);

/* "certificate 2 of ssl_cert", for messages; returns the field that it is in. */
const char *judge_number_text(const struct given *given, const X509 *certificate, char *ret, size_t size);

/* The same with its name: "certificate 2 of ssl_cert (CN=...)". */
void judge_place_text(const struct given *given, const X509 *certificate, char *ret, size_t size);

/* The same of the anchor at this index where there is no leaf, so that all that was given are anchors. */
void judge_place_number(const struct given *given, int index, char *ret, size_t size);

#endif

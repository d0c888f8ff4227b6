/*
 * judge: finds the violations of a path, with X509_verify_cert at security level 2.
 *
 * Only the path is judged, not the other certificates of ssl_ca. The anchor's own signature is not checked. All
 * violations are collected, since some of them may be waived.
 */
#ifndef CERTFS_CORE_JUDGE_JUDGE_H
#define CERTFS_CORE_JUDGE_JUDGE_H

#include <stdint.h>

#include "core/base/fault.h"
#include "core/judge/path.h"

enum { JUDGE_VIOLATIONS_MAX = 12, JUDGE_SECURITY_LEVEL = 2 };

/* The certificates as given, to name their positions in messages. */
struct given {
    STACK_OF(X509) *chain;   /* of ssl_cert */
    STACK_OF(X509) *anchors; /* of ssl_ca */
    /*
     * All certificates in input order, if they came as one CertificatePem or CertificateWallet: chain and anchors were
     * derived from them, and without anchors the end of the path is not judged. NULL for the three-field form.
     */
    STACK_OF(X509) *bundle;
    bool wallet; /* with a bundle: it is a CertificateWallet */
};

/* Releases the lists. */
void given_done(struct given *given);

/*
 * Returns the field that part of a set came from: `field` ("ssl_cert"), "CertificatePem" or "CertificateWallet". Never
 * freed.
 */
const char *judge_field(const struct given *given, const char *field);

struct verdict {
    struct fault violations[JUDGE_VIOLATIONS_MAX]; /* the first of each reason, as the fault that it is unless waived */
    size_t count;
    bool for_server, for_client; /* the purposes that the path is valid for */
};

/* True if all violations, if any, are among the waived reasons, bits 1 << reason. */
bool judge_is_accepted(const struct verdict *verdict, uint32_t accepted);

/*
 * Judges the path at the time `now` (seconds since the epoch). Faults: too_costly, no_memory; violations are in the
 * verdict.
 */
MUST_CHECK int judge_path(const struct path *path, const struct given *given, int64_t now, struct budget *budget,
                          struct verdict *ret, struct fault *f);

/* True if each certificate of the path is valid in its role, for X509_PURPOSE_SSL_SERVER or _CLIENT. */
bool judge_serves(const struct path *path, int purpose);

/*
 * Splits the path behind the leaf for X509_verify_cert. Certificates of ssl_ca are trusted, in the order of the path,
 * since OpenSSL tries them first; the last one always is. The others are treated as sent by a peer. Returns false if
 * allocation fails or a list is NULL.
 */
bool judge_divide(const struct path *path, const struct given *given, STACK_OF(X509) *trusted, STACK_OF(X509) *sent);

/* Writes "certificate 2 of ssl_cert" for a message; returns the field. */
const char *judge_number_text(const struct given *given, const X509 *certificate, char *ret, size_t size);

/* Writes the same with the subject: "certificate 2 of ssl_cert (CN=...)". */
void judge_place_text(const struct given *given, const X509 *certificate, char *ret, size_t size);

/* Writes as much of the subject as fits into a message that ends in `what`; returns the field. */
const char *judge_place_before(const struct given *given, const X509 *certificate, const char *what, char *ret,
                               size_t size);

/* Writes the same for the anchor at this index of ssl_ca. */
void judge_place_number(const struct given *given, int index, char *ret, size_t size);

#endif

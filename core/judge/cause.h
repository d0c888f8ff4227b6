/*
 * cause: why a certificate on a path does not do: OpenSSL's error as a reason, and as a sentence that cures.
 */
#ifndef CERTFS_CORE_JUDGE_CAUSE_H
#define CERTFS_CORE_JUDGE_CAUSE_H

#include "core/judge/path.h"

enum { CAUSE_SIZE = 96 };

struct cause {
    enum reason reason;
    size_t index;          /* on the path, of the certificate at fault: not always the one that OpenSSL names */
    char what[CAUSE_SIZE]; /* goes on from the certificate's place; "" where it is only the reason's own sentence */
};

/* What the error `error` of X509_verify_cert at `index` of the path means. */
void cause_find(const struct path *path, int error, size_t index, struct cause *ret);

/*
 * Why a leaf serves neither side of TLS, as the end of a sentence; whether one of its CAs forbids it is not looked at.
 * Lives for ever.
 */
const char *cause_of_no_purpose(X509 *leaf);

/* A name for the digest of a certificate's signature, or its whole algorithm: "SHA-1", "RSASSA-PSS with SHA-1". */
void cause_signature_text(X509 *certificate, char *ret, size_t size);

#endif

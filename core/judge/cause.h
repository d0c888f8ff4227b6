/*
 * cause: explains why a certificate of a path is refused: maps OpenSSL's error to a reason and a message with a remedy.
 */
#ifndef CERTFS_CORE_JUDGE_CAUSE_H
#define CERTFS_CORE_JUDGE_CAUSE_H

#include "core/base/fault.h"
#include "core/judge/path.h"

enum { CAUSE_SIZE = 96 };

struct cause {
    enum reason reason;
    size_t index;          /* on the path, of the certificate at fault; may differ from the one that OpenSSL names */
    char what[CAUSE_SIZE]; /* continues after the certificate's place; "" if the reason's own message suffices */
};

/* Explains the error `error` of X509_verify_cert at `index` of the path. */
void cause_find(const struct path *path, int error, size_t index, struct cause *ret);

/* Explains why a path serves neither a TLS server nor a TLS client: the certificate that is for neither side. */
void cause_of_no_purpose(const struct path *path, struct cause *ret);

/* Writes the digest of a certificate's signature, or the whole algorithm: "SHA-1", "RSASSA-PSS with SHA-1". */
void cause_signature_text(X509 *certificate, char *ret, size_t size);

#endif

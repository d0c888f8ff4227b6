/*
 * record: one set of the store as text; record_read.h reads it.
 *
 * The text is the canonical request document, so that what `openssl cms -decrypt` gives can be written to `control`
 * on any host: CertificateIdentifier and Tags of a named set; ssl_ca, ssl_cert, ssl_key, CertificatePem or
 * CertificateWallet; Accept, KmsKeyId; and a member "Record" with the format's version, the generation, the resource,
 * the previous set, and what was found about both (judged.h), what was in a wallet too.
 */
#ifndef CERTFS_CORE_STORE_RECORD_H
#define CERTFS_CORE_STORE_RECORD_H

#include "core/about/tags.h"
#include "core/base/cleanup.h"
#include "core/set/generation.h"

enum { RECORD_FORMAT = 1 };

struct record {
    const struct generation *generation;
    const struct material *previous; /* NULL: none */
    const struct tags *tags;         /* NULL: none */
};

/* Appends the text. Faults: no_memory, too_large. */
MUST_CHECK int record_write(const struct record *record, struct buf *ret, struct fault *f);

#endif

/*
 * record: one set of the store as text, and back.
 *
 * The text is the canonical request document, so that what `openssl cms -decrypt` gives can be written to `control`
 * on any host: ssl_ca, ssl_cert, ssl_key, Accept, KmsKeyId, and a member "Record" with the format's version, the
 * identifier, the generation and the previous set.
 */
#ifndef CERTFS_CORE_RECORD_H
#define CERTFS_CORE_RECORD_H

#include "core/material.h"

enum { RECORD_FORMAT = 1 };

struct record {
    const char *identifier; /* "" for the root set */
    const char *key_id;     /* of the key-encryption key */
    uint64_t generation;
    int64_t committed; /* seconds since the epoch */
    const struct material *current;
    const struct material *previous; /* NULL: none */
};

/* Appends the text. Faults: no_memory, too_large. */
MUST_CHECK int record_write(const struct record *record, struct buf *ret, struct fault *f);

/*
 * Reads a text that record_write made, as a request with its record part filled. Faults: as request_parse;
 * unsupported for a format of a later version.
 */
MUST_CHECK int record_parse(struct span text, struct request *ret, struct fault *f);

/* Takes the previous set out of a record, as a request of its own; false if it has none. */
bool record_take_previous(struct request *record, struct request *ret);

#endif

/*
 * record_read: the text of a record of the store as a struct, and the sets in it as material.
 *
 * The text was authenticated, so record.h wrote it. It has the format of a request, but is read without core/request,
 * and nothing in it is judged.
 */
#ifndef CERTFS_CORE_STORE_RECORD_READ_H
#define CERTFS_CORE_STORE_RECORD_READ_H

#include "core/about/tags.h"
#include "core/base/buf.h"
#include "core/json/json.h"
#include "core/set/material.h"

/* A set, in one of its three forms, and what judging found about it. Holds a private key in clear. */
struct record_set {
    struct buf ssl_ca, ssl_cert, ssl_key;
    struct buf certificate_pem;
    struct buf wallet;        /* base64 */
    struct buf opened;        /* what was in the wallet, in PEM */
    struct buf judged;        /* judged.h; empty in a record of an older certfs */
    struct json_texts accept; /* names of the reasons that were waived */
};

struct record_tag {
    struct buf key, value;
};

/* All zero is empty. Release with record_done. */
struct record_text {
    struct buf identifier; /* empty: the root set */
    struct record_tag tags[TAGS_MAX];
    size_t tag_count;
    struct record_set set, previous;
    uint64_t format, generation;
    uint64_t committed, created; /* seconds since the epoch */
    uint64_t number;             /* the set's; 0 for the root set */
    struct buf arn;              /* empty for the root set */
};

/*
 * Reads a text that record_write made. Faults: malformed_json, unknown_field, duplicate_field, wrong_type, too_large,
 * missing_field (no record), unsupported (of a later version), no_memory.
 */
MUST_CHECK int record_parse(struct span text, struct record_text *ret, struct fault *f);
void record_done(struct record_text *record);

/* Whether the record holds a previous set. */
bool record_has_previous(const struct record_text *record);

/* The tags, NULL for none. Faults: as tags_add. */
MUST_CHECK int record_tags(const struct record_text *record, struct tags **ret, struct fault *f);

/*
 * The material of a set: nothing is decoded, no wallet is opened, nothing is judged. NULL if what was found is missing
 * or is about other bytes: then the set has to be judged anew. Faults: malformed_pem (a wallet that is not base64),
 * too_large, no_memory.
 */
MUST_CHECK int record_material(const struct record_set *set, struct material **ret, struct fault *f);

#endif

/*
 * request: what a document asks for.
 *
 * The kind of a document follows from its members; "Action" is allowed everywhere and must agree with it.
 */
#ifndef CERTFS_CORE_REQUEST_H
#define CERTFS_CORE_REQUEST_H

#include <stdint.h>

#include "core/buf.h"
#include "core/frame.h"

enum action {
    ACTION_NONE,
    ACTION_IMPORT_MATERIAL, /* rds_import_binlog_ssl_material: all three ssl_ members */
    ACTION_REMOVE_MATERIAL, /* rds_remove_binlog_ssl_material */
    ACTION_RESTORE_PREVIOUS,
    ACTION_COUNT,
};

/*
 * What a record of the store has beside its set (record.h). A record can be written to `control` as it is, to restore
 * it on another host; this part is checked and then of no effect there.
 */
struct request_record {
    uint64_t format; /* 0: the document is no record */
    uint64_t generation;
    uint64_t committed; /* seconds since the epoch */
    struct buf identifier;
    struct buf previous_ca, previous_cert, previous_key; /* the set before, or empty */
    uint32_t previous_accepted;
};

/* All zero is empty. Holds a private key in clear: release with request_done as soon as the material is built. */
struct request {
    enum action action;
    struct buf ssl_ca;
    struct buf ssl_cert;
    struct buf ssl_key;
    uint32_t accepted;     /* the policy reasons that "Accept" waives: bit 1 << reason */
    struct buf kms_key_id; /* empty: the default key */
    struct request_record record;
};

/* Whether "Accept" names this reason. */
bool request_accepts(const struct request *request, enum reason reason);

/* The name of an action as it stands in documents and in `status`; "none" for ACTION_NONE. */
const char *action_name(enum action action);

/*
 * Reads a complete frame. On -1 `ret->action` is the action as far as it was understood, the rest is empty.
 * Faults: malformed_json, missing_field, unknown_field, duplicate_field, wrong_type, unsupported, no_memory.
 */
MUST_CHECK int request_parse(const struct frame *frame, struct request *ret, struct fault *f);

/* Wipes and releases. */
void request_done(struct request *request);

#endif

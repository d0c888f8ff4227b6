/*
 * request: what a document asks for.
 *
 * The kind of a document follows from its members; "Action" is allowed everywhere and must agree with it.
 */
#ifndef CERTFS_CORE_REQUEST_REQUEST_H
#define CERTFS_CORE_REQUEST_REQUEST_H

#include <stdint.h>

#include "core/about/tags.h"
#include "core/base/buf.h"
#include "core/json/frame.h"
#include "core/json/json.h"
#include "core/request/action.h" /* handed on */

/* A set, in one of its three forms. Holds a private key in clear. */
struct request_set {
    struct buf ssl_ca, ssl_cert, ssl_key;
    struct buf certificate_pem; /* certificates, maybe with one private key among them, in one text */
    struct buf wallet;          /* CertificateWallet, base64 */
    struct json_texts accept;   /* as it was written */
    uint32_t accepted;          /* the policy reasons that "Accept" waives: bit 1 << reason */
};

/*
 * The part of a record of the store beside its set (record.h). A record can be written to `control` as it is, to
 * restore it on another host: there the ARN and the time of creation count, and only where the set is new.
 */
struct request_record {
    uint64_t format; /* 0: the document is no record */
    uint64_t generation;
    uint64_t committed;          /* seconds since the epoch */
    uint64_t set;                /* the set's number; 0 for the root set */
    uint64_t created;            /* seconds since the epoch */
    struct buf arn;              /* empty for the root set */
    struct request_set previous; /* the set before, or empty */
};

enum { REQUEST_TAGS_MAX = 32, REQUEST_FILTERS_MAX = 8 };

struct request_tag {
    struct buf key, value;
    struct buf resource_arn; /* AWS's skeleton has one; of no effect */
};

struct request_filter {
    struct buf name;
    struct json_texts values;
};

/* All zero is empty. Release with request_done as soon as the material is built. */
struct request {
    enum action action;
    struct buf written_action;
    struct request_set set;
    struct buf identifier; /* CertificateIdentifier; empty: the root set */
    bool replace;
    struct buf kms_key_id; /* empty: the default key */
    struct request_tag tags[REQUEST_TAGS_MAX];
    size_t tag_count;
    struct json_texts tag_keys;
    struct buf arn;          /* CertificateArn */
    struct buf resource_arn; /* ResourceArn */
    struct json_texts arns;
    struct request_filter filters[REQUEST_FILTERS_MAX];
    size_t filter_count;
    uint64_t max_records;
    struct buf marker;
    struct request_record record;
};

/* Whether "Accept" names this reason. */
bool request_accepts(const struct request_set *set, enum reason reason);

/*
 * Reads a complete frame. On -1 `ret->action` is the action as far as it was understood; release it either way.
 * Faults: malformed_json, missing_field, unknown_field, duplicate_field, wrong_type, too_large, unsupported, no_memory.
 */
MUST_CHECK int request_parse(const struct frame *frame, struct request *ret, struct fault *f);

/* The tags of `old` (NULL: none) and the "Tags" of the request. Faults: as tags_add. */
MUST_CHECK int request_read_tags(const struct request *request, const struct tags *old, struct tags **ret,
                                 struct fault *f);

/* Wipes and releases. */
void request_done(struct request *request);

#endif

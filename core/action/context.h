/*
 * context: a document on its way through a registry: the terms on which it came, the set that it is about, what it did.
 *
 * What the actions of rds.h and dms.h share: finding the set, and committing a new material in it.
 */
#ifndef CERTFS_CORE_ACTION_CONTEXT_H
#define CERTFS_CORE_ACTION_CONTEXT_H

#include "core/about/identifier.h"
#include "core/registry/registry.h"
#include "core/request/request.h"

/* On which terms documents are taken. */
struct policy {
    const char *region, *account; /* of ARNs and owners */
    size_t quota;                 /* how many named sets there may be */
    /*
     * The one set that a document of `import/` may change, by the two rds_ requests alone: "" is the root set. It is
     * replaced without being asked to. DescribeCertificates without filters asks whether it is served (rds_describe).
     * NULL for `control`, where everything is allowed.
     */
    const char *only_set;
    bool only_import; /* and nothing but rds_import_binlog_ssl_material, whatever action the document names */
    bool only_judged; /* nothing is stored, so no key-encryption key is needed, whichever is named */
    /* Asked once all is judged, before anything is changed; -1 and a fault refuses the document. NULL: allowed. */
    int (*permit)(void *permit_context, struct fault *f);
    void *permit_context;
};

/* What a request that was carried out did. Release with outcome_done. */
struct outcome {
    enum action action;                  /* also set on -1, as far as it was understood */
    char identifier[IDENTIFIER_MAX + 1]; /* of the set that it was about; "" is the root set, or none */
    bool about_set;                      /* false: it was about no set, or about which is not known */
    struct commit commit;
    struct findings findings;
    char old_sha256[CERT_INFO_HEX_SIZE]; /* of the leaf that was served before, "" for none */
    char new_sha256[CERT_INFO_HEX_SIZE]; /* of the one that is served now */
    char sentence[FAULT_MESSAGE_SIZE];
    char arn[RESOURCE_ARN_SIZE]; /* of the set that is in the way of a new one; "" for none */
    struct json *document;       /* what an action of DMS answers, in DMS's shape; NULL for the others */
};

void outcome_done(struct outcome *outcome);

struct request_context {
    struct registry *registry;
    const struct policy *policy;
    const struct request *request;
    struct moment now;
    char identifier[IDENTIFIER_MAX + 1]; /* of the set; "" is the root set */
};

/*
 * Finds the set that the request is about, by its identifier or its ARN. A set that is named by an identifier need not
 * exist. Faults: wrong_type, unsupported (not the one that the terms allow), not_found (no set has the ARN).
 */
MUST_CHECK int context_find_set(struct request_context *context, struct fault *f);

/* The current generation of the set with this ARN, NULL for none. The caller releases it. */
struct generation *context_find_arn(const struct request_context *context, struct span arn);

/* Whether a judged document may change something now: the permit of its terms. Fault: the permit's. */
MUST_CHECK int context_permit(const struct request_context *context, struct fault *f);

/*
 * Builds the request's material and makes it current; fills commit, findings and sentence of the outcome. Faults: as
 * material_build and registry_commit; exists and quota, for named sets; key_not_accessible.
 */
MUST_CHECK int context_commit(const struct request_context *context, struct outcome *o, struct fault *f);

/*
 * The set's identifier when it has at most `limit` characters, else `otherwise`: a name that is cut is another name.
 * The log and status have it whole. "" for the root set.
 */
const char *context_called(const struct request_context *carry, size_t limit, const char *otherwise);

/* A warning where the set's record was missing on disk; `what` was done about that. */
void context_warn_missing(struct outcome *o, const char *what);

/* The outcome's sentence: the verb, what is served by now, and until when it is valid. */
void context_describe(const struct request_context *context, struct outcome *o, const char *verb,
                      const struct material *material);

#endif

/*
 * context: what all actions share: the policy under which a document came, its request, and the set that it is about.
 */
#ifndef CERTFS_CORE_ACTION_CONTEXT_H
#define CERTFS_CORE_ACTION_CONTEXT_H

#include "core/action/judging.h"
#include "core/base/buf.h"
#include "core/registry/registry.h"
#include "core/request/request.h"

struct outcome;

/* The permissions of documents from control, or from import/. */
struct policy {
    const char *region, *account; /* of ARNs and owners */
    size_t quota;                 /* how many named sets there may be */
    /*
     * The one set that a document of `import/` may change, with the two rds_ actions alone: "" is the root set. It is
     * replaced without "Replace". DescribeCertificates without filters asks whether it is served (rds_describe).
     * NULL for `control`, where everything is allowed.
     */
    const char *only_set;
    bool only_import;              /* rds_import_binlog_ssl_material alone, whatever action the document names */
    bool only_judged;              /* nothing is stored, so no key-encryption key is needed, whichever is named */
    const struct judging *judging; /* borrowed; NULL: judging_here */
    /* Called when all is judged, before anything is changed; -1 and a fault refuses the document. NULL: allowed. */
    int (*permit)(void *permit_context, struct fault *f);
    void *permit_context;
    /*
     * Called behind the permit when a change is complete but for being made: the outcome is as it will be if that
     * succeeds, nothing on disk has changed. Not called where nothing has to change. NULL: nothing is called.
     */
    void (*intend)(void *intend_context, const struct outcome *outcome);
    void *intend_context;
};

/* Release with context_done. */
struct request_context {
    struct registry *registry;
    const struct policy *policy;
    const struct request *request;
    struct moment now;
    /* The set, from context_find_set on: */
    struct resource *resource; /* a new set has only its name so far; NULL: the request is about no set */
    struct served served;      /* all zero: the set is not served */
};

void context_done(struct request_context *context);

/* The identifier of the set; "" is the root set, or none. Lives as long as the context. */
const char *context_identifier(const struct request_context *context);

/*
 * The identifier if it has at most `limit` characters, else `otherwise`: a name that is cut is another name. The log
 * and status have it whole.
 */
const char *context_called(const struct request_context *context, size_t limit, const char *otherwise);

/*
 * Finds the set that the request is about, by its identifier or its ARN: the one look-up of a request. A set that is
 * named by an identifier need not exist. Where the policy allows one set alone it is that, also on -1 and if the
 * document could not be parsed (`understood` is false, which is no fault of its own). Faults: wrong_type, unsupported
 * (not the set or the action that the policy allows), not_found (no set has the ARN), no_memory.
 */
MUST_CHECK int context_find_set(struct request_context *context, bool understood, struct fault *f);

/* The current generation of the set with this ARN, NULL for none: O(n) over all sets. The caller releases it. */
struct generation *context_find_arn(const struct request_context *context, struct span arn);

/* Returns the judging of this policy, never NULL. */
const struct judging *policy_judging(const struct policy *policy);

/* Whether a judged document may change something now: the permit of its policy. Fault: the permit's. */
MUST_CHECK int context_permit(const struct request_context *context, struct fault *f);

#endif

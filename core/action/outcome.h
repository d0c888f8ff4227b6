/*
 * outcome: what a request did, for its answer, its log line and those who poll.
 */
#ifndef CERTFS_CORE_ACTION_OUTCOME_H
#define CERTFS_CORE_ACTION_OUTCOME_H

#include "core/about/cert_info.h"
#include "core/about/findings.h"
#include "core/action/context.h"
#include "core/base/fault.h"
#include "core/json/json.h"
#include "core/registry/registry.h"
#include "core/request/request.h"

/* Release with outcome_done. All zero: nothing is known yet. */
struct outcome {
    enum action action;        /* also set if the request was refused, as far as it was understood */
    struct resource *resource; /* of the set that it was about; NULL: it was about none, or about which is not known */
    struct commit commit;
    struct findings findings;
    char old_sha256[CERT_INFO_HEX_SIZE]; /* of the leaf that was served before, "" for none */
    char new_sha256[CERT_INFO_HEX_SIZE]; /* of the one that is served now */
    char sentence[FAULT_MESSAGE_SIZE];
    struct json *document; /* what an action of DMS answers, in DMS's shape; NULL for the others */
};

void outcome_done(struct outcome *outcome);

/* The identifier of the set that it was about; "" is the root set, or none. Lives as long as the outcome. */
const char *outcome_identifier(const struct outcome *outcome);

/* Notes which set it was about, and what is served there before and after. */
void outcome_note(struct outcome *outcome, const struct request_context *context);

/* A change that did not come about: what was written about it is dropped. */
void outcome_forget(struct outcome *outcome);

/* Warns that the record of the set was missing in STORE, if it was; `what` was done about it. */
void outcome_warn_missing(struct outcome *outcome, const char *what);

/*
 * The sentence "VERB IDENTIFIER NUMBER: SUBJECT, until when it is valid". If it is too long the subject is cut or left
 * out, then the identifier is left out.
 */
void outcome_describe(struct outcome *outcome, const struct request_context *context, const char *verb,
                      const struct generation *generation);

#endif

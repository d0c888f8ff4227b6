/*
 * execute: a document in five steps. Start reading here, in execute.c.
 */
#ifndef CERTFS_CORE_ACTION_EXECUTE_H
#define CERTFS_CORE_ACTION_EXECUTE_H

#include "core/action/context.h"
#include "core/action/outcome.h"
#include "core/base/cleanup.h"
#include "core/registry/registry.h"

/* The default: us-east-1, 000000000000, 100 named sets, everything allowed. */
extern const struct policy policy_default;

/*
 * Executes the complete document in `frame` and wipes it, whatever the result; the judging of the policy is over then.
 * Faults: every reason of fault.h that is not a matter of the mount. A refused document changes nothing. Release `ret`
 * either way.
 */
MUST_CHECK int request_execute(struct registry *registry, const struct policy *policy, struct frame *frame,
                               struct moment now, struct outcome *ret, struct fault *f);

/*
 * The steps of request_execute one by one, for check.h: parsing, which wipes the document, and all that follow but for
 * the end of the judging.
 */
MUST_CHECK int execute_parse(const struct policy *policy, struct frame *frame, struct request *ret, struct fault *f);
MUST_CHECK int execute_parsed(struct request_context *context, bool understood, struct outcome *ret, struct fault *f);

#endif

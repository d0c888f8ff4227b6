/*
 * execute: the spine. Start reading here.
 *
 *   bytes -> frame -> request -> pem -> material (validated, proved, immutable) -> generation -> files
 *
 * One direction. Nothing comes back but a fault.
 */
#ifndef CERTFS_CORE_ACTION_EXECUTE_H
#define CERTFS_CORE_ACTION_EXECUTE_H

#include "core/action/context.h"

/* Of a host that does not say otherwise: us-east-1, 000000000000, 100 named sets, everything allowed. */
extern const struct policy policy_default;

/*
 * Carries out the complete document in `frame` and wipes it, whatever the result. Faults: every reason of fault.h
 * that is not a matter of the mount. A refused document changes nothing. Release `ret` either way.
 */
MUST_CHECK int request_execute(struct registry *registry, const struct policy *policy, struct frame *frame,
                               struct moment now, struct outcome *ret, struct fault *f);

/*
 * Judges the document in `frame` without a mount: as request_execute, on an empty registry, or on one that serves the
 * set of `against` (NULL: none), which is taken as it is: expired, say, as served sets may be. Wipes both.
 */
MUST_CHECK int request_check(const struct policy *policy, struct frame *against, struct frame *frame, struct moment now,
                             struct outcome *ret, struct fault *f);

/* The public files of a set that is served elsewhere. All zero: there is no such set. */
struct request_shown {
    struct buf ca, cert;
    bool has_key, has_wallet;
};

/* Finds the set that is served under this identifier; "" is the root set. Faults: its own. */
typedef int request_look(void *context, const char *identifier, struct request_shown *ret, struct fault *f);

/* As request_check, beside what is served elsewhere: no key of that is needed. Wipes the document. */
MUST_CHECK int request_check_beside(const struct policy *policy, request_look *look, void *caller, struct frame *frame,
                                    struct moment now, struct outcome *ret, struct fault *f);

#endif

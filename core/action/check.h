/*
 * check: a document judged without a mount, for certfs --check.
 */
#ifndef CERTFS_CORE_ACTION_CHECK_H
#define CERTFS_CORE_ACTION_CHECK_H

#include "core/about/identifier.h"
#include "core/base/buf.h"
#include "core/registry/registry.h"

struct frame;
struct outcome;
struct policy;

/*
 * Judges the document in `frame`: as request_execute, on an empty registry, or on one that serves the set of `against`
 * (NULL: none), which is taken as it is, even if expired, as served sets may be. Wipes both. Faults: as
 * request_execute; those of `against` have a field that begins with "--against".
 */
MUST_CHECK int request_check(const struct policy *policy, struct frame *against, struct frame *frame, struct moment now,
                             struct outcome *ret, struct fault *f);

/* The public files of a set that is served elsewhere. All zero: there is no such set. */
struct request_shown {
    struct buf ca, cert;
    bool has_key, has_wallet;
    char identifier[IDENTIFIER_MAX + 1]; /* as it is written there; "" as in the document */
};

/* Finds the set that is served under this identifier; "" is the root set. Faults: its own. */
typedef int request_look(void *context, const char *identifier, struct request_shown *ret, struct fault *f);

/* The same, on a registry that serves a set as it is served elsewhere, without its key. Wipes the document. */
MUST_CHECK int request_check_beside(const struct policy *policy, request_look *look, void *look_context,
                                    struct frame *frame, struct moment now, struct outcome *ret, struct fault *f);

#endif

/*
 * import: the spine. Start reading here.
 *
 *   bytes -> frame -> request -> pem -> material (validated, proved, immutable) -> generation -> files
 *
 * One direction. Nothing comes back but a fault.
 */
#ifndef CERTFS_CORE_ACTION_IMPORT_H
#define CERTFS_CORE_ACTION_IMPORT_H

#include "core/action/carry.h"

/* Of a host that does not say otherwise: us-east-1, 000000000000, 100 named sets, everything allowed. */
extern const struct import_terms import_terms_default;

/*
 * Carries out the complete document in `frame` and wipes it, whatever the result. Faults: every reason of fault.h
 * that is not a matter of the mount. A refused document changes nothing. Release `ret` either way.
 */
MUST_CHECK int import_document(struct vault *vault, const struct import_terms *terms, struct frame *frame,
                               struct moment now, struct outcome *ret, struct fault *f);

/*
 * Judges the document in `frame` without a mount: as import_document, on an empty vault, or on one that serves the
 * set of `against` (NULL: none), which is taken as it is: expired, say, as served sets may be. Wipes both.
 */
MUST_CHECK int import_check(const struct import_terms *terms, struct frame *against, struct frame *frame,
                            struct moment now, struct outcome *ret, struct fault *f);

/* The public files of a set that is served elsewhere. All zero: there is no such set. */
struct import_shown {
    struct buf ca, cert;
    bool has_key, has_wallet;
};

/* Finds the set that is served under this identifier; "" is the root set. Faults: its own. */
typedef int import_look(void *context, const char *identifier, struct import_shown *ret, struct fault *f);

/* As import_check, beside what is served elsewhere: no key of that is needed. Wipes the document. */
MUST_CHECK int import_check_beside(const struct import_terms *terms, import_look *look, void *context,
                                   struct frame *frame, struct moment now, struct outcome *ret, struct fault *f);

#endif

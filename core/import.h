/*
 * import: the spine. Start reading here.
 *
 *   bytes -> frame -> request -> pem -> material (validated, proved, immutable) -> generation -> files
 *
 * One direction. Nothing comes back but a fault.
 */
#ifndef CERTFS_CORE_IMPORT_H
#define CERTFS_CORE_IMPORT_H

#include "core/frame.h"
#include "core/request.h"
#include "core/vault.h"

/* On which terms documents are taken. */
struct import_terms {
    const char *region, *account; /* of ARNs and owners */
    size_t quota;                 /* how many named sets there may be */
    /*
     * The one set that a document of `import/` may change, by the two rds_ requests alone: "" is the root set. It is
     * replaced without being asked to. NULL for `control`, where everything is allowed.
     */
    const char *only_set;
};

/* Of a host that does not say otherwise: us-east-1, 000000000000, 100 named sets, everything allowed. */
extern const struct import_terms import_terms_default;

/* What a request that was carried out did. */
struct outcome {
    enum action action; /* also set on -1, as far as it was understood */
    struct commit commit;
    struct findings findings;
    char old_sha256[FACTS_HEX_SIZE]; /* of the leaf that was served before, "" for none */
    char new_sha256[FACTS_HEX_SIZE]; /* of the one that is served now */
    char sentence[FAULT_MESSAGE_SIZE];
};

/*
 * Carries out the complete document in `frame` and wipes it, whatever the result. Faults: every reason of DESIGN 1
 * that is not a matter of the mount. A refused document changes nothing.
 */
MUST_CHECK int import_document(struct vault *vault, const struct import_terms *terms, struct frame *frame,
                               struct moment now, struct outcome *ret, struct fault *f);

/*
 * Judges the document in `frame` without a mount: as import_document, on an empty vault, or on one that serves the
 * set of `against` (NULL: none), which is taken as it is: expired, say, as served sets may be. Wipes both.
 */
MUST_CHECK int import_check(const struct import_terms *terms, struct frame *against, struct frame *frame,
                            struct moment now, struct outcome *ret, struct fault *f);

#endif

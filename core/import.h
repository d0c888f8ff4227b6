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
MUST_CHECK int import_document(struct vault *vault, struct frame *frame, struct moment now, struct outcome *ret,
                               struct fault *f);

/*
 * Judges the document in `frame` without a mount: as import_document, on an empty vault, or on one that serves the
 * set of `against` (NULL: none), which is taken as it is: expired, say, as served sets may be. Wipes both.
 */
MUST_CHECK int import_check(struct frame *against, struct frame *frame, struct moment now, struct outcome *ret,
                            struct fault *f);

#endif

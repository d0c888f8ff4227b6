/*
 * restore: a set of a record of the store, as material.
 */
#ifndef CERTFS_CORE_DRAFT_RESTORE_H
#define CERTFS_CORE_DRAFT_RESTORE_H

#include "core/request/request.h"
#include "core/set/material.h"

/*
 * `found` is what the record says of the set: where that is about these very bytes nothing is decoded, no wallet is
 * opened and nothing is judged again. Otherwise, and where there is none, this is material_restore at the time `now`
 * (seconds since the epoch). Faults: as that has them.
 */
MUST_CHECK int restore_set(const struct request_set *set, const struct request_found *found, int64_t now,
                           struct material **ret, struct fault *f);

#endif

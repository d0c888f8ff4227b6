/*
 * build: a set of a request as material, through the stages of draft.h.
 */
#ifndef CERTFS_CORE_DRAFT_BUILD_H
#define CERTFS_CORE_DRAFT_BUILD_H

#include "core/base/buf.h"
#include "core/request/request.h"
#include "core/set/material.h"

/*
 * Decodes, repairs, judges at the time `now` (seconds since the epoch), re-encodes and proves a set as it was
 * written; warns of what changes against `served` (NULL: nothing is served).
 * Certificates alone that hold the leaf of `served` keep its key.
 * Faults: every reason of fault.h from malformed_pem to loses_files, too_large, no_memory.
 */
MUST_CHECK int material_build(const struct request_set *set, const struct material *served, int64_t now,
                              struct material **ret, struct fault *f);

/*
 * The same for a set that was accepted before and comes from the store: what authenticates and parses is served. A
 * violation of policy at the time `now` is a warning (fails_today), and there is no proof: a tightened library or a
 * wrong clock must not take a database down. Faults: malformed_pem, wrong_block, encrypted_key, key_mismatch,
 * too_large, no_memory.
 */
MUST_CHECK int material_restore(const struct request_set *set, int64_t now, struct material **ret, struct fault *f);

/*
 * A set that is served elsewhere, by its public files: what can be known of it without its key. `has_key`,
 * `has_wallet`: there is a key.pem, a cwallet.sso, whose content is not known here. Such a set is compared with, and
 * never served. Faults: as decode_public.
 */
MUST_CHECK int material_of_public(struct span ca, struct span cert, bool has_key, bool has_wallet, int64_t now,
                                  struct material **ret, struct fault *f);

#endif

/*
 * restore: judges a set of the store anew, because its record holds no result of judging.
 *
 * The one place where a record is read as the request document that it is (record.h).
 */
#ifndef CERTFS_CORE_DRAFT_RESTORE_H
#define CERTFS_CORE_DRAFT_RESTORE_H

#include "core/base/buf.h"
#include "core/set/material.h"

/*
 * The material of the set in a record's text, or of its previous one, by material_restore at the time `now` (seconds
 * since the epoch). Faults: as request_parse and material_restore.
 */
MUST_CHECK int restore_record(struct span record, bool previous, int64_t now, struct material **ret, struct fault *f);

#endif

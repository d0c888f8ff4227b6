/*
 * registry_kept: whether what a registry serves is what a restart would serve. For the thread that changes the
 * registry.
 */
#ifndef CERTFS_CORE_REGISTRY_REGISTRY_KEPT_H
#define CERTFS_CORE_REGISTRY_REGISTRY_KEPT_H

#include "core/base/fault.h"

struct set;
struct registry;

/*
 * Looks at the record of the set with this number, and opens it if it has changed since it was known to be good, which
 * `ret_opened` reports. A set that is not served has no fault, nor has one that is kept in memory alone. Faults:
 * not_found where there is no record, else as store_verify.
 */
MUST_CHECK int registry_check_record(struct registry *registry, uint64_t number, bool *ret_opened, struct fault *f);

/* The inode of the set's record; 0: it has none. */
uint64_t registry_record(const struct registry *registry, const char *identifier);

/* Whether anything of the set is on disk, also what was put aside; true where that cannot be found out. */
bool registry_has_records(const struct registry *registry, const char *identifier);

/* Cleans up what another process has left that was killed, and has what it renamed written to disk. Fault:
 * store_failed. */
MUST_CHECK int registry_settle(struct registry *registry, struct fault *f);

/* Hands over each key-encryption key in use with NULL, or with the fault that it has now (store_check_keys). */
typedef void registry_key_visit(void *context, const char *key_id, const struct fault *fault);
void registry_check_keys(struct registry *registry, registry_key_visit *visit, void *context);

/* Whether a served set other than this one (NULL: any) is sealed with the key. Walks over all sets. */
bool registry_uses_key(const struct registry *registry, const char *key_id, const struct set *but);

#endif

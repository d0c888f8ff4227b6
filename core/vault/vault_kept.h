/*
 * vault_kept: whether what a vault serves is what a restart would serve. For the thread that changes the vault.
 */
#ifndef CERTFS_CORE_VAULT_VAULT_KEPT_H
#define CERTFS_CORE_VAULT_VAULT_KEPT_H

#include "core/base/fault.h"

struct set;
struct vault;

/*
 * Looks at the record of the set with this number, and opens it if it has changed since it was known to be good, which
 * `ret_opened` tells. A set that is not served has no fault, nor has one that is kept in memory alone. Faults:
 * not_found where there is no record, else as archive_verify.
 */
MUST_CHECK int vault_check_record(struct vault *vault, uint64_t number, bool *ret_opened, struct fault *f);

/* Hands over each key-encryption key in use with NULL, or with the fault that it has now (archive_check_keys). */
typedef void vault_key_visit(void *context, const char *key_id, const struct fault *fault);
void vault_check_keys(struct vault *vault, vault_key_visit *visit, void *context);

/* Whether a served set other than this one (NULL: any) is sealed with the key. Walks over all sets. */
bool vault_uses_key(const struct vault *vault, const char *key_id, const struct set *but);

#endif

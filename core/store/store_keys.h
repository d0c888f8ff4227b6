/*
 * store_keys: the key-encryption keys of a store, for store.c: which seals and which opens. A store in memory has one
 * key, which is in no directory and has no name.
 *
 * Faults: key_not_accessible, as store_put; no_memory.
 */
#ifndef CERTFS_CORE_STORE_STORE_KEYS_H
#define CERTFS_CORE_STORE_STORE_KEYS_H

#include <sys/stat.h>

#include "core/base/buf.h"
#include "core/base/cleanup.h"

struct fault;
struct store;

/*
 * Loads a key that the options or a record name; the report of its fault has the remedy if it is missing. In a place
 * that was taken over a key that was there before will do: what is served does not end with its file.
 */
MUST_CHECK int store_load_known_key(const struct store *store, const char *key_id, struct buf *ret,
                                    struct stat *ret_facts, struct fault *f);

/* Loads the key that is to seal a record. */
MUST_CHECK int store_load_key(const struct store *store, const char *key_id, struct buf *ret, struct fault *f);

/* Refuses a second key of one name: after a restart, records that the first one sealed would not be served. */
MUST_CHECK int store_check_key(const struct store *store, const char *key_id, struct span key, unsigned how,
                               struct fault *f);

/* From now on this is the key of that name. */
void store_know_key(struct store *store, const char *key_id, struct span key);

/* Loads the key that opens a record: that of the last one where many are opened. */
MUST_CHECK int store_load_opening_key(struct store *store, const char *key_id, struct buf *ret, struct fault *f);

#endif

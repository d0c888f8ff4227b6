/*
 * vault: sealed records in a file in memory (memfd_create(2)) that outlives the process that writes them: the records
 * of a store that is kept in memory, and for every store those that were replaced a short while ago.
 *
 * The file is never mapped. It has a table of slots, and behind it the records, each in blocks of its own. A record is
 * written behind all others and becomes valid by the one small write of its slot, which the kernel does whole; then the
 * older one of its key is overwritten and its blocks are given back. So whenever a process is killed, the next one
 * finds the older record or the newer one; what else is left it cleans up at opening. This module does not look into
 * records, and knows no key. Any thread may call it; it has one lock, and never waits for anything else.
 */
#ifndef CERTFS_CORE_STORE_VAULT_H
#define CERTFS_CORE_STORE_VAULT_H

#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/stamp.h"
#include "core/store/dir_store.h"

enum { VAULT_RETIRED_BYTES = 64 * 1024 * 1024 /* of all that were replaced: the oldest go */ };

struct vault;

/* `fd` is borrowed, and the caller's to keep from other processes. Faults: store_failed (with errno), no_memory. */
MUST_CHECK int vault_open(int fd, struct vault **ret, struct fault *f);
void vault_freep(struct vault **vault); /* accepts NULL; the file stays as it is */

/* ---- records by their names ---- */

/*
 * Puts a record in the place of the one of that name. The mark is at least `number` before. Faults: store_failed (with
 * errno), no_memory.
 */
MUST_CHECK int vault_put(struct vault *vault, const char *name, struct span record, uint64_t number, struct fault *f);

/* Wipes it. False: there is none. */
bool vault_remove(struct vault *vault, const char *name);

bool vault_has(struct vault *vault, const char *name);

/* Faults: not_found; store_failed, no_memory. */
MUST_CHECK int vault_get(struct vault *vault, const char *name, struct buf *ret, struct fault *f);

/* Distinguishes two records of one name. Fault: not_found; then it is zero. */
MUST_CHECK int vault_stamp(struct vault *vault, const char *name, struct stamp *ret, struct fault *f);

/* Calls `visit` for every name; stops when it returns non-zero, and returns that. Fault: no_memory. */
MUST_CHECK int vault_each(struct vault *vault, int (*visit)(void *context, const char *name), void *context,
                          struct fault *f);

/* The newest number that was given, and raising it. Fault: store_failed. */
uint64_t vault_mark(struct vault *vault);
MUST_CHECK int vault_raise_mark(struct vault *vault, uint64_t number, struct fault *f);

/* ---- records that were replaced, by the number of their generation ---- */

struct vault_retired {
    uint64_t number;
    int64_t since;                  /* steady seconds */
    char name[DIR_STORE_NAME_SIZE]; /* of the record that replaced it */
};

/* Keeps one; the oldest go when all together are too large. Faults: store_failed (with errno), no_memory. */
MUST_CHECK int vault_retire(struct vault *vault, const struct vault_retired *retired, struct span record,
                            struct fault *f);

/* Lists those with numbers above `after`, ascending; returns how many. */
enum { VAULT_LISTED = 64 };
size_t vault_list_retired(struct vault *vault, uint64_t after, struct vault_retired ret[static VAULT_LISTED]);

/* Faults: not_found, store_failed, no_memory. */
MUST_CHECK int vault_get_retired(struct vault *vault, uint64_t number, struct buf *ret, struct fault *f);

/* Wipes the one of this number; all of this name. Nothing happens where there is none. */
void vault_drop_retired(struct vault *vault, uint64_t number);
void vault_drop_retired_of(struct vault *vault, const char *name);

#endif

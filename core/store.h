/*
 * store: sealed records as files of one directory, each whole or not at all.
 *
 * A record is named by the SHA-256 of its set's identifier. Putting one: a new file, write, fsync, rename, fsync of
 * the directory. A failed fsync is never retried: the record that was there goes back and the call fails. The
 * directory is locked for the life of the process; what a crash left half done is put right when it is opened.
 * Nothing here knows what is in a record.
 */
#ifndef CERTFS_CORE_STORE_H
#define CERTFS_CORE_STORE_H

#include <sys/types.h>

#include "core/buf.h"

enum { STORE_NAME_SIZE = 65 /* 64 hexadecimal digits and a NUL */ };

struct store;

/*
 * Opens and locks the directory behind `fd`, which is the store's from then on, also on -1. Faults: store_failed
 * (not owned by this process's user, others can write it, a second process has it), no_memory.
 */
MUST_CHECK int store_open(int fd, struct store **ret, struct fault *f);
void store_freep(struct store **store); /* accepts NULL */

/* The device that the directory is on. */
dev_t store_device(const struct store *store);

/* The name of the record of a set. */
void store_name(const char *identifier, char ret[static STORE_NAME_SIZE]);

/* Puts a record in the place of the one of that name. Faults: store_failed (with errno), no_memory. */
MUST_CHECK int store_put(struct store *store, const char *name, struct span record, struct fault *f);

/* Removes a record so that nothing is left of it; one that is not there is removed already. Fault: store_failed. */
MUST_CHECK int store_remove(struct store *store, const char *name, struct fault *f);

/* The same, but a record of that name stays, as NAME.unopened (.2, .3, ...). Faults as store_put. */
MUST_CHECK int store_put_aside(struct store *store, const char *name, struct span record, struct fault *f);

/* Reads a record. Faults: store_failed, too_large, no_memory. */
MUST_CHECK int store_get(struct store *store, const char *name, struct buf *ret, struct fault *f);

/* Calls `visit` for every record's name; stops when it returns non-zero and returns that. -1: cannot be listed. */
MUST_CHECK int store_each(struct store *store, int (*visit)(void *context, const char *name), void *context,
                          struct fault *f);

/*
 * The generation counter's mark: records carry the number too, but one that is removed takes its number along.
 * Faults as store_put; a mark that is absent is 0.
 */
MUST_CHECK int store_put_mark(struct store *store, uint64_t number, struct fault *f);
MUST_CHECK int store_get_mark(struct store *store, uint64_t *ret, struct fault *f);

#endif

/*
 * dir_store: sealed records as files of one directory, each whole or not at all.
 *
 * A record has the name that store.c gives it, 64 hexadecimal digits. Putting one: a new file, write, fsync, rename,
 * fsync of the directory. A failed fsync is never retried: the old record is put back and the call fails. The
 * directory is locked for the life of the process; opening it cleans up after a crash. This module does not look into
 * records.
 */
#ifndef CERTFS_CORE_STORE_DIR_STORE_H
#define CERTFS_CORE_STORE_DIR_STORE_H

#include <sys/types.h>

#include "core/base/buf.h"
#include "core/base/stamp.h"
#include "core/store/mark.h"
#include "core/store/standing.h"

enum { DIR_STORE_NAME_SIZE = 65 /* 64 hexadecimal digits and a NUL */ };

struct dir_store;

/*
 * Opens and locks the directory behind `fd`, which is the store's from then on, also on -1. Faults: store_failed
 * (not owned by this process's user, others can write it, a second process has it), no_memory.
 *
 * `taken_over`: from a process that was killed, and whose threads may still hang in a call. Nothing waits for them
 * then: owner and mode are not checked, and nothing is cleaned up before dir_store_settle.
 */
MUST_CHECK int dir_store_open(int fd, bool taken_over, struct dir_store **ret, struct fault *f);
/* Cleans up, and has what was renamed before written to disk. Fault: store_failed. */
MUST_CHECK int dir_store_settle(struct dir_store *store, struct fault *f);

void dir_store_freep(struct dir_store **store); /* accepts NULL */

/*
 * From then on nothing is put into the directory if `path` (absolute, borrowed) no longer leads to it: a restart
 * would not find it. Nor is anything removed there while another directory stands at the path, which may hold it too.
 */
void dir_store_stands_at(struct dir_store *store, const char *path);

/* The same for a process that may not walk the path; copied. */
void dir_store_is_found_by(struct dir_store *store, const struct standing_host *host);

/* Whether what is in the directory is what a restart finds, as far as is known. */
bool dir_store_is_in_place(const struct dir_store *store);

/* The device that the directory is on. */
dev_t dir_store_device(const struct dir_store *store);

/*
 * Puts a record in the place of the one of that name. The mark is at least `number` by the same fsync of the directory.
 * Faults: store_failed (with errno), no_memory.
 */
MUST_CHECK int dir_store_put(struct dir_store *store, const char *name, struct span record, uint64_t number,
                             struct fault *f);

/* The same, but a record of that name stays, as NAME.unopened (.2, .3, ...). Faults as dir_store_put. */
MUST_CHECK int dir_store_put_aside(struct dir_store *store, const char *name, struct span record, uint64_t number,
                                   struct fault *f);

/* The files that a removal found. */
enum store_removed {
    DIR_STORE_REMOVED_NOTHING,
    DIR_STORE_REMOVED_ASIDE, /* no record, but files that belong to it, such as NAME.unopened */
    DIR_STORE_REMOVED_RECORD,
};

/*
 * Removes a record and all that belongs to it. Fault: store_failed; the record is as it was then, but what was put
 * aside may be gone.
 */
MUST_CHECK int dir_store_remove(struct dir_store *store, const char *name, enum store_removed *ret, struct fault *f);

/* Whether there is a record of this name. */
bool dir_store_has(const struct dir_store *store, const char *name);

/* The stamp of the record of this name. Faults: not_found; store_failed, with EACCES where STORE is another user's. */
MUST_CHECK int dir_store_stamp(const struct dir_store *store, const char *name, struct stamp *ret, struct fault *f);

/* Whether there is a record of this name, or something that belongs to one. Fault: store_failed. */
MUST_CHECK int dir_store_has_any(const struct dir_store *store, const char *name, bool *ret, struct fault *f);

/* Reads a record. Faults: store_failed (with EACCES where it or STORE is another user's), too_large, no_memory. */
MUST_CHECK int dir_store_get(struct dir_store *store, const char *name, struct buf *ret, struct fault *f);

/* Calls `visit` for every record's name; stops when it returns non-zero and returns that. -1: cannot be listed. */
MUST_CHECK int dir_store_each(struct dir_store *store, int (*visit)(void *context, const char *name), void *context,
                              struct fault *f);

/* The newest number that was given here, as it was found at opening or raised since. */
struct mark dir_store_mark(const struct dir_store *store);

/* Raises the mark; it is on disk with the next change of a record. Fault: store_failed. */
MUST_CHECK int dir_store_raise_mark(struct dir_store *store, uint64_t number, struct fault *f);

#endif

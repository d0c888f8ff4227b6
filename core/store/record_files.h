/*
 * record_files: which files of a store belong to the record NAME beside NAME itself.
 *
 * NAME.certfs-new is a record on its way, NAME.certfs-old the one that it replaces, NAME.certfs-gone one that is
 * removed: they exist during a change (dir_store.c), and the next opening removes those that a crash left.
 * NAME.unopened, NAME.unopened.2, ... are records that did not open and were put aside.
 */
#ifndef CERTFS_CORE_STORE_RECORD_FILES_H
#define CERTFS_CORE_STORE_RECORD_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/fault.h"

enum { RECORD_NAME_SIZE = 65 /* 64 hexadecimal digits and a NUL */ };

/* Whether a file of this name is a record. */
bool record_files_is_record(const char *name);

/* Whether there is a file of this name; a directory is no record. */
bool record_files_is_file(int fd, const char *path);

/*
 * Finishes what a crash interrupted: removes leftovers, and with a NAME.certfs-gone all that belongs to the record.
 * Fault: store_failed.
 */
MUST_CHECK int record_files_settle(int fd, struct fault *f);

/*
 * Counts, or removes and counts, what belongs to the record but for NAME and NAME.certfs-gone. The caller syncs the
 * directory. Fault: store_failed; some of them may be gone then.
 */
MUST_CHECK int record_files_count(int fd, const char *name, size_t *ret, struct fault *f);
MUST_CHECK int record_files_remove(int fd, const char *name, size_t *ret, struct fault *f);

#endif

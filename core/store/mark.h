/*
 * mark: the newest generation number that a store has given, kept in a file's name: STORE/generation.N, empty.
 *
 * Records carry their numbers too, but sealed: a record that does not open, or is removed, takes its number along. A
 * name is raised by one rename, without a write, and is on disk with the next fsync of the directory, which every
 * change of a record makes. An older certfs kept a number in a file `generation`, but only of removals; the first
 * mark_raise takes it over.
 */
#ifndef CERTFS_CORE_STORE_MARK_H
#define CERTFS_CORE_STORE_MARK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/fault.h"

/* Above this a mark is not plausible. An inode number has 54 bits for a generation's. */
#define MARK_MAX (UINT64_C(1) << 52)

enum { MARK_NAME_SIZE = 64 };

/* All zero is a store without a mark. */
struct mark {
    uint64_t number;           /* 0: there is none */
    bool unreadable;           /* a file has a mark's name, but no plausible number */
    char name[MARK_NAME_SIZE]; /* of one such file, "" for none, or where it is longer */
    bool is_old;               /* there is an older certfs's file: a record may have a higher number than the mark */
};

/* Whether a file of this name is a mark, as it is written here or by an older certfs; its number may be implausible. */
bool mark_is_name(const char *name);

/* Finds the mark in the directory `fd`, and removes lower ones. Fault: store_failed. */
MUST_CHECK int mark_open(int fd, struct mark *ret, struct fault *f);

/*
 * Raises it to `number`; a lower number leaves it as it is, under the name of today. The caller syncs the directory.
 * Fault: store_failed; the mark is as it was then.
 */
MUST_CHECK int mark_raise(int fd, struct mark *mark, uint64_t number, struct fault *f);

#endif

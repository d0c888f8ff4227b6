/*
 * pass: when what a thread opens of a set begins and ends: rules 1 and 3 at the head of snapshot.c.
 *
 * A pass is kept in the thread's pin. The caller holds the lock of the pins. Times are milliseconds of the steady
 * clock.
 */
#ifndef CERTFS_FS_STATE_PASS_H
#define CERTFS_FS_STATE_PASS_H

#include "fs/state/pins.h"

enum {
    PASS_GAP_MS = 200,               /* longer than any reader's gap between two files of a set */
    PASS_LIMIT_MS = 3 * PASS_GAP_MS, /* three more files, each within the gap, after a commit */
};

/* What is asked about threads; in place of the system's own in tests. */
struct pass_system {
    bool (*lives)(pid_t thread);
    pid_t (*process_of)(pid_t thread); /* 0: unknown */
};

extern const struct pass_system pass_system;

/* Begins one with this generation; `joined`: it is another than the current one. */
void pass_begin(struct pins *pins, struct pin *pin, struct generation *generation, bool joined, int64_t now);

/* Whether the pin's pass goes on, and the file is still to be opened in it. */
bool pass_lacks(const struct pin *pin, enum material_file file, int64_t now);

/* Whether the file was the last one of a pass that opened all PEM files, within the gap. */
bool pass_is_repeat(const struct pin *pin, enum material_file file, int64_t now);

/* Opening it again shows this generation, and begins no pass. */
void pass_repeat(struct pins *pins, struct pin *pin, struct generation *generation, int64_t now);

/*
 * The newest generation before `current` that other threads of the reader's process are in the middle of; NULL for
 * none, or when one of them opened this file. Looks few threads up at a time, the youngest first.
 */
struct generation *pass_find_shared(const struct pass_system *system, struct pin *reader, enum material_file file,
                                    uint64_t current, int64_t now);

/*
 * Whether no pass of a generation of the set before `current` goes on; ends those that have had their time since
 * `current` was committed.
 */
bool pass_have_ended(const struct pins *pins, const struct pass_system *system, uint64_t set, uint64_t current,
                     int64_t committed, int64_t now);

#endif

/*
 * pass: when the files that a thread opens of a set begin and end to belong together: rules 1 and 3 of snapshot.c.
 *
 * A pass is kept in the thread's pin. The caller holds the lock of the pins. Times are milliseconds of the steady
 * clock.
 */
#ifndef CERTFS_FS_STATE_PASS_H
#define CERTFS_FS_STATE_PASS_H

#include "core/set/content.h"
#include "fs/state/pins.h"

enum {
    PASS_GAP_MS = 200,               /* longer than any reader's gap between two files of a set */
    PASS_LIMIT_MS = 3 * PASS_GAP_MS, /* three more files, each within the gap, after a commit */
};

/* Questions about threads; tests replace the answers of the system. */
struct pass_system {
    bool (*lives)(pid_t thread);
    pid_t (*process_of)(pid_t thread); /* 0: unknown */
};

extern const struct pass_system pass_system;

/* Begins a pass with this generation; `joined`: it is not the current one. */
void pass_begin(struct pins *pins, struct pin *pin, struct generation *generation, bool joined, int64_t now);

/* Whether the pin's pass goes on and has not opened this file yet. */
bool pass_lacks(const struct pin *pin, enum material_file file, int64_t now);

/* Whether the pass has opened all PEM files, this one last, within the gap. */
bool pass_is_repeat(const struct pin *pin, enum material_file file, int64_t now);

/* Opens that file again with this generation, without beginning a pass. */
void pass_repeat(struct pins *pins, struct pin *pin, struct generation *generation, int64_t now);

/*
 * The newest generation before `current` that other threads of the reader's process are reading; NULL for none, or if
 * one of them has opened this file. Looks up few threads at a time, the youngest first.
 */
struct generation *pass_find_shared(struct pins *pins, const struct pass_system *system, struct pin *reader,
                                    enum material_file file, uint64_t current, int64_t now);

/*
 * Whether no pass of a generation of the set before `current` goes on. Ends those whose time since the commit of
 * `current` is over, and those that are over by their own time: no later worker may take one for going on.
 */
bool pass_have_ended(struct pins *pins, const struct pass_system *system, uint64_t set, uint64_t current,
                     int64_t committed, int64_t now);

#endif

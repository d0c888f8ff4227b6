/*
 * pins: which generation each thread is reading, for snapshot.c: one pin for each thread and set.
 *
 * They are found by thread and set, and listed by their last use, all and for each user. A user has at most
 * PINS_PER_UID; one more evicts the user's oldest. They outlive the worker in cells. The caller holds a lock.
 */
#ifndef CERTFS_FS_STATE_PINS_H
#define CERTFS_FS_STATE_PINS_H

#include "core/base/cleanup.h"
#include "fs/state/pin.h"
#include "fs/state/pin_cells.h"

enum { PINS_PER_UID = 1024 };

struct pins {
    struct pin_list oldest_first;
    void *by_thread; /* of struct pin, by thread and set: tsearch(3) */
    void *owners;    /* of struct pin_owner, by uid */
    struct pin_cells cells;
};

void pins_init(struct pins *pins);

/* Drops all, and lets go of the cells as they are. */
void pins_done(struct pins *pins);

/*
 * Takes over what is in the cells, once, before there are pins; from then on pins_keep writes there. `find` returns a
 * reference to the generation with this number, or to another one of the set with which the pass is to go on, or NULL:
 * such a pin keeps what was refused and answered, but no pass. None was used after `now`. Fault: no_memory.
 */
MUST_CHECK int pins_restore(struct pins *pins, const struct cells *section, int64_t now,
                            struct generation *(*find)(void *context, uint64_t set, uint64_t number), void *context,
                            struct fault *f);

/* Notes where it outlives the worker what the pin is now. Call it after each change that a reader can see. */
void pins_keep(struct pins *pins, struct pin *pin);

/* When a pin was used the last time, 0 where there is none. */
int64_t pins_newest(const struct pins *pins);

/* NULL for none. */
struct pin *pins_find(const struct pins *pins, pid_t thread, uint64_t set);

/* The thread's pin for the set, a new and empty one if it has none; NULL if allocation fails. */
struct pin *pins_open(struct pins *pins, pid_t thread, uid_t uid, uint64_t set, int64_t now);

/* Notes that the pin was used now. */
void pins_touch(struct pins *pins, struct pin *pin, int64_t now);

void pins_drop(struct pins *pins, struct pin *pin);

/* Drops all that were last used at `until` or before. */
void pins_drop_until(struct pins *pins, int64_t until);

#endif

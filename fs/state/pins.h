/*
 * pins: which generation each thread is reading, for snapshot.c: one pin for each thread and set.
 *
 * They are found by thread and set, and listed by their last use, all and for each user. A user has at most
 * PINS_PER_UID; one more evicts the user's oldest. The caller holds a lock.
 */
#ifndef CERTFS_FS_STATE_PINS_H
#define CERTFS_FS_STATE_PINS_H

#include <stdbool.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "core/set/content.h"

enum { PINS_PER_UID = 1024 };

struct pin_owner;

struct pin {
    TAILQ_ENTRY(pin) order, order_of_owner; /* by `last` */
    struct pin_owner *owner;
    pid_t thread;
    uint64_t set;
    int64_t last;                  /* when the pass began, or its last open; in milliseconds */
    struct generation *generation; /* of the pass; NULL: only a refusal is noted */
    unsigned opened;               /* bit 1 << file */
    enum material_file opened_last;
    bool over;        /* the pass was ended, whatever its files */
    bool joined;      /* it is shared with other threads of the process */
    pid_t process;    /* of the thread; 0: not looked up yet, -1: it could not be found */
    uint64_t offered; /* number of a generation, 0: none */
    uint64_t refused; /* number of a generation, 0: none */
    enum material_file refused_file;
};

TAILQ_HEAD(pin_list, pin);

/* A user and the user's pins, the oldest first. */
struct pin_owner {
    uid_t uid;
    unsigned count;
    struct pin_list pins;
};

struct pins {
    struct pin_list oldest_first;
    void *by_thread; /* of struct pin, by thread and set: tsearch(3) */
    void *owners;    /* of struct pin_owner, by uid */
};

void pins_init(struct pins *pins);

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

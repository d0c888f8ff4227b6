/*
 * pin: which generation a thread is reading of a set, and what its last request there was answered.
 */
#ifndef CERTFS_FS_STATE_PIN_H
#define CERTFS_FS_STATE_PIN_H

#include <stdbool.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "core/set/content.h"

struct pin_owner;

struct pin {
    TAILQ_ENTRY(pin) order, order_of_owner; /* by `last` */
    TAILQ_ENTRY(pin) order_of_cells;        /* by when its cell was written, if it has one */
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
    uint64_t request; /* the kernel's number of the last LOOKUP or OPEN; 0: not known */
    uint64_t answer;  /* the number of the generation that it was given; 0: it was refused */
    size_t cell;      /* the number of its cell (pin_cells.h), from 1; 0: it has none */
};

TAILQ_HEAD(pin_list, pin);

/* A user and the user's pins, the oldest first. */
struct pin_owner {
    uid_t uid;
    unsigned count;
    struct pin_list pins;
};

#endif

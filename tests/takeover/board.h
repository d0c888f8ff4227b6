/*
 * board: how each thread of a takeover test fares, in a file that all of its processes have mapped. board.py has
 * the same layout.
 */
#ifndef CERTFS_TESTS_TAKEOVER_BOARD_H
#define CERTFS_TESTS_TAKEOVER_BOARD_H

#include <stdatomic.h>
#include <stdint.h>

enum { BOARD_SETS = 2, BOARD_MEMBERS = 64, BOARD_WORD = 40, BOARD_TEXT = 120 };

/* One thread that uses the mount. */
struct member {
    char kind[24];
    char doing[BOARD_WORD]; /* its last request */
    _Atomic uint32_t pid, tid;
    _Atomic uint64_t began;   /* ns of CLOCK_MONOTONIC: when that request began; 0: it has ended */
    _Atomic uint64_t count;   /* passes, or what else the kind does */
    _Atomic uint64_t failed;  /* requests that must not fail */
    _Atomic uint64_t mixed;   /* passes with files of two generations, or bytes of none */
    _Atomic uint64_t stale;   /* opens that gave an older generation than the one that was acknowledged before */
    _Atomic uint64_t excused; /* mixed ones of a thread that did not run for longer than README allows */
    _Atomic uint64_t longest; /* ns: the longest request since this was set to 0 */
    _Atomic uint64_t woken;   /* of pollers; of writers: acknowledged changes with a number */
    char text[BOARD_TEXT];    /* the first failure */
};

struct board {
    _Atomic uint32_t stop;
    _Atomic uint32_t unused;
    _Atomic uint64_t acknowledged[BOARD_SETS]; /* the newest generation of the root set and of the named one */
    char unused_too[256 - 8 - 8 * BOARD_SETS];
    struct member members[BOARD_MEMBERS];
};

_Static_assert(sizeof(struct member) == 256, "as board.py has it");

#endif

/*
 * recent: the newest numbers of a kind, by which one that comes again is known.
 */
#ifndef CERTFS_FS_SUPERVISOR_RECENT_H
#define CERTFS_FS_SUPERVISOR_RECENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RECENT_MAX = 64 };

/* All zero: none. */
struct recent {
    uint64_t numbers[RECENT_MAX]; /* the newest before `next`, and the oldest there; 0: none */
    size_t next;
};

/* Notes a number, in the place of the oldest one. False if it is there already. */
bool recent_note(struct recent *recent, uint64_t number);

#endif

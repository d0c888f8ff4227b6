/*
 * ends: how workers ended that were replaced, as the supervisor saw it; in shared memory, for the reports of the next.
 */
#ifndef CERTFS_FS_TAKEOVER_ENDS_H
#define CERTFS_FS_TAKEOVER_ENDS_H

#include <stdint.h>

#include "fs/takeover/cells.h"

/* Numbers are never reused: each has its cell. */
enum end_reason {
    END_KILLED,   /* SIGKILL from outside: a user's, or since memory ran out */
    END_CRASHED,  /* another signal, or it ended by itself */
    END_HUNG,     /* it did not answer requests, and was ended for that */
    END_UNREADY,  /* before it was ready */
    END_DISTRUST, /* it did not keep to the protocol */
    END_UPGRADED, /* another program took its place */
    END_REASONS,
};

enum { END_SENTENCE_SIZE = 160 };

/* Members are only ever appended, and zero is absent. */
struct kept_end {
    uint64_t count;
    int64_t last; /* seconds since the epoch */
    char sentence[END_SENTENCE_SIZE];
};

/* The reason for metrics and programs: "killed". */
const char *end_reason_name(enum end_reason reason);

/* Counts one. `now` is in seconds since the epoch. While no worker runs, or only one that is to end. */
void ends_note(const struct cells *cells, enum end_reason reason, int64_t now, const char *sentence);

/* All zero where there was none. */
struct kept_end ends_get(const struct cells *cells, enum end_reason reason);

/* How many there were of all reasons. */
uint64_t ends_count(const struct cells *cells);

/* The reason of the newest one, END_REASONS for none. */
enum end_reason ends_newest(const struct cells *cells);

#endif

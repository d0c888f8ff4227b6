/*
 * top: how far a table of cells was ever used, kept beside it in SHARED_TOPS: a worker that follows looks no further.
 * Memory that nobody has used has no pages yet, and looking there would make them, 10 us each.
 */
#ifndef CERTFS_FS_STATE_TOP_H
#define CERTFS_FS_STATE_TOP_H

#include <stddef.h>
#include <stdint.h>

#include "fs/takeover/cells.h"

/* Never renumbered: another version takes them over. */
enum top_table { TOP_OPENS, TOP_HANDLES, TOP_ANSWERS, TOP_TABLES };

struct kept_top {
    uint64_t end; /* one past the last place that was used */
};

/* All zero: of a table without cells. */
struct top {
    struct cells cells;
    enum top_table table;
    uint64_t end;
};

struct shared;

/* The table has `count` places. */
struct top top_of(const struct shared *shared, enum top_table table, size_t count);

/* Call it before a cell is put at this place. */
void top_raise(struct top *top, size_t place);

#endif

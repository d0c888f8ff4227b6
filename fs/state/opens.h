/*
 * opens: the files of sets that are open, as they are kept in SHARED_OPENS for a worker that follows this one.
 *
 * A cell for each inode that is open. Its unique number is that of the OPEN or RELEASE that changed it last: if the
 * worker was killed before it had answered, that request comes again, and must not be counted twice. A file that
 * finds no cell is not kept. For the FUSE thread, which alone opens and closes.
 */
#ifndef CERTFS_FS_STATE_OPENS_H
#define CERTFS_FS_STATE_OPENS_H

#include "core/base/cleanup.h"
#include "fs/state/places.h"
#include "fs/state/top.h"
#include "fs/takeover/cells.h"

enum { OPENS_MAX = 64 * 1024 };

/* Members are only ever appended. */
struct kept_open {
    uint64_t inode, unique;
    uint32_t opens;
    uint32_t cached; /* a key that is in the page cache */
    uint64_t size;
    int64_t committed;
};

struct shared;

/* All zero: nothing is kept. */
struct opens {
    struct cells cells;
    struct places places;
    struct top top;
};

/* Fault: no_memory. */
MUST_CHECK int opens_new(const struct shared *shared, struct opens *ret, struct fault *f);
void opens_done(struct opens *opens);

/* Sets what is kept at `place`, PLACES_NONE for a new one; returns its place, PLACES_NONE if there is no room. */
size_t opens_keep(struct opens *opens, size_t place, const struct kept_open *kept);
void opens_drop(struct opens *opens, size_t place);

/* For a successor, before its first request: takes the next cell at `place` or after it. False: there is none. */
bool opens_next(struct opens *opens, size_t *place, struct kept_open *ret);

#endif

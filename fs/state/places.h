/*
 * places: which places of a table are free. The lowest is taken first, so that a table stays compact. No lock.
 */
#ifndef CERTFS_FS_STATE_PLACES_H
#define CERTFS_FS_STATE_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/cleanup.h"

struct fault;

/* All zero: a table without places. */
struct places {
    uint64_t *used; /* a bit each */
    size_t count;
    size_t lowest; /* none below it is free */
};

/* Returned by places_take: past the end of every table. */
#define PLACES_NONE SIZE_MAX

/* Fault: no_memory; then it is a table without places. */
MUST_CHECK int places_new(size_t count, struct places *ret, struct fault *f);
void places_done(struct places *places);

/* Takes a free place; PLACES_NONE if there is none. */
size_t places_take(struct places *places);

/* Takes this one. False if it is taken, or past the end. */
bool places_occupy(struct places *places, size_t place);

/* Frees it; ignores PLACES_NONE. */
void places_free(struct places *places, size_t place);

#endif

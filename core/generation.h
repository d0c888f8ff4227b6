/*
 * generation: a material that was committed, under its number. Immutable, reference counted.
 */
#ifndef CERTFS_CORE_GENERATION_H
#define CERTFS_CORE_GENERATION_H

#include "core/material.h"

struct generation {
    uint64_t number;   /* from 1, one counter over all sets of a store */
    int64_t committed; /* seconds since the epoch */
    struct material *material;
    unsigned references_; /* generation.c's own, atomic */
};

/* Takes its own reference of the material. NULL for want of memory. */
struct generation *generation_new(uint64_t number, int64_t committed, struct material *material);

struct generation *generation_ref(struct generation *generation);
void generation_unref(struct generation *generation); /* accepts NULL */
void generation_unrefp(struct generation **generation);

#endif

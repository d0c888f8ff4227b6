/*
 * generation: a material that was committed, under its number, in its set. Immutable, reference counted.
 */
#ifndef CERTFS_CORE_SET_GENERATION_H
#define CERTFS_CORE_SET_GENERATION_H

#include "core/base/refcount.h"
#include "core/set/material.h"
#include "core/set/resource.h"

struct generation {
    uint64_t number;   /* from 1, one counter over all sets of a store */
    int64_t committed; /* seconds since the epoch */
    struct material *material;
    struct resource *resource;   /* the set that it is of */
    struct content *description; /* certificate.json of a named set (dms_certificate.h); NULL: it has none */
    struct refcount references_; /* generation.c's own */
    char key_id[];               /* of the key-encryption key; "" where everything is in memory only */
};

/* Takes its own references of material and resource, and a copy of key_id. No description. NULL if allocation fails. */
struct generation *generation_new(uint64_t number, int64_t committed, struct material *material,
                                  struct resource *resource, const char *key_id);

struct generation *generation_ref(struct generation *generation);
void generation_unref(struct generation *generation); /* accepts NULL */
void generation_unrefp(struct generation **generation);

#endif

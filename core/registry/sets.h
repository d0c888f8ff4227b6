/*
 * sets: the sets of a registry, found by name and by number, and listed in the order of their numbers.
 *
 * For registry.c, which holds its lock around every call that changes anything.
 */
#ifndef CERTFS_CORE_REGISTRY_SETS_H
#define CERTFS_CORE_REGISTRY_SETS_H

#include "core/about/tags.h"
#include "core/base/cleanup.h"
#include "core/base/stamp.h"
#include "core/set/generation.h"

/* One set. All that it holds is its own. */
struct set {
    const char *identifier; /* borrowed from the resource */
    struct resource *resource;
    struct generation *current; /* NULL while the first one is on its way to disk */
    struct material *previous;  /* NULL: none */
    struct tags *tags;          /* NULL: none */
    struct stamp stored;        /* of its record, when that was known to be this set's; of the thread that writes */
    unsigned retired;           /* generations of this set in the registry's queue */
};

/* All zero is empty. */
struct sets {
    void *by_name;          /* of struct set: tsearch(3) */
    struct set **by_number; /* ascending; the root set, number 0, comes first */
    size_t count, capacity;
};

/* An empty set. Takes its own references; NULL if allocation fails. */
struct set *set_new(struct resource *resource, struct tags *tags);
void set_free(struct set *set);

/* Finds a set by its name, whatever the case of its letters; NULL if there is none. */
struct set *sets_find(const struct sets *sets, const char *identifier);

/* Finds a set by its number; NULL if there is none. */
struct set *sets_find_number(const struct sets *sets, uint64_t number);

/* The served one with the smallest number above this one; NULL if there is none. */
struct set *sets_after(const struct sets *sets, uint64_t number);

/* Whether the resource's name or number are taken. */
bool sets_have(const struct sets *sets, const struct resource *resource);

/* Takes the set over. -1: no memory, or name or number are taken; it is still the caller's then. */
MUST_CHECK int sets_insert(struct sets *sets, struct set *set);

/* Hands the set back. */
void sets_remove(struct sets *sets, struct set *set);

/* Releases all. */
void sets_done(struct sets *sets);

#endif

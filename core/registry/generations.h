/*
 * generations: all that a registry can hand out by number: the current generation of each set, and for a while those
 * that were replaced.
 *
 * For registry.c and registry_look.c, which hold the registry's lock around every call.
 */
#ifndef CERTFS_CORE_REGISTRY_GENERATIONS_H
#define CERTFS_CORE_REGISTRY_GENERATIONS_H

#include "core/registry/registry.h"
#include "core/registry/sets.h"

/* One that was replaced. */
struct retired {
    struct retired *next;
    struct set *set;
    struct generation *generation;
    int64_t since; /* steady seconds */
};

/* Made by generations_init; must not be moved. */
struct generations {
    void *by_number; /* tsearch(3); holds no references: each is held by its set, or retired */
    struct retired *oldest, **end;
};

void generations_init(struct generations *generations);

/* Releases those that are retired, and forgets the others, which are of the sets. */
void generations_done(struct generations *generations);

/* From now on it can be found. -1: no memory, or its number is taken. */
MUST_CHECK int generations_add(struct generations *generations, struct generation *generation);
void generations_remove(struct generations *generations, const struct generation *generation);

/* Borrowed; NULL if there is none. */
struct generation *generations_find(const struct generations *generations, uint64_t number);

/*
 * The set's current generation is retired; the set has none then. Of more than REGISTRY_RETIRED_MAX of one set the
 * oldest goes. `slot` is from malloc, and consumed.
 */
void generations_retire(struct generations *generations, struct set *set, int64_t now, struct retired *slot);

/* Lets go of those that were retired long enough ago. Returns the seconds until the next one, -1 for none. */
int generations_expire(struct generations *generations, int64_t now);

/* Hands over those of a set that are retired, which cannot be found from then on; returns how many. */
size_t generations_take(struct generations *generations, const struct set *set,
                        struct generation *ret[static REGISTRY_RETIRED_MAX]);

/* The numbers of a set's retired generations, newest first; set->retired of them. */
void generations_list(const struct generations *generations, const struct set *set, uint64_t *ret);

#endif

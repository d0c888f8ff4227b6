/*
 * generation_table: all that a registry can hand out by number: the current generation of each set, and for a while
 * those that were replaced.
 *
 * For registry.c and registry_look.c, which hold the registry's lock around every call.
 */
#ifndef CERTFS_CORE_REGISTRY_GENERATION_TABLE_H
#define CERTFS_CORE_REGISTRY_GENERATION_TABLE_H

#include "core/base/cleanup.h"
#include "core/registry/registry.h"
#include "core/registry/sets.h"

/* One that was replaced. */
struct retired {
    struct retired *next;
    struct set *set;
    struct generation *generation;
    int64_t since; /* steady seconds */
    bool hidden;   /* it can be found, but is not listed: the set has newer ones enough */
};

/* Made by generation_table_init; must not be moved. */
struct generation_table {
    void *by_number; /* tsearch(3); holds no references: each is held by its set, or retired */
    struct retired *oldest, **end;
};

void generation_table_init(struct generation_table *generations);

/* Releases those that are retired, and forgets the others, which are of the sets. */
void generation_table_done(struct generation_table *generations);

/* From now on it can be found. -1: no memory, or its number is taken. */
MUST_CHECK int generation_table_add(struct generation_table *generations, struct generation *generation);
void generation_table_remove(struct generation_table *generations, const struct generation *generation);

/* Borrowed; NULL if there is none. */
struct generation *generation_table_find(const struct generation_table *generations, uint64_t number);

/*
 * The set's current generation is retired; the set has none then. The oldest of more than
 * REGISTRY_RETIRED_MAX of one set goes. `slot` is from malloc, and consumed.
 */
void generation_table_retire(struct generation_table *generations, struct set *set, int64_t now, struct retired *slot);

/*
 * Adds one that another process has retired: `slot` is complete but for `next`, and its generation gets a reference. If
 * the set has too many, one of them is hidden, and stays as long as the others. -1: no memory, or its number is taken;
 * `slot` is still the caller's then.
 */
MUST_CHECK int generation_table_adopt(struct generation_table *generations, struct generation *generation,
                                      struct retired *slot);

/* Lets go of those that were retired long enough ago. Returns the seconds until the next one, -1 for none. */
int generation_table_expire(struct generation_table *generations, int64_t now);

/*
 * Hands over those of a set that are retired, which cannot be found from then on; returns how many. If there are as
 * many as can be, there may be more.
 */
size_t generation_table_take(struct generation_table *generations, const struct set *set,
                             struct generation *ret[static REGISTRY_RETIRED_MAX]);

/* The numbers of a set's retired generations, newest first; set->retired of them. */
void generation_table_list(const struct generation_table *generations, const struct set *set, uint64_t *ret);

#endif

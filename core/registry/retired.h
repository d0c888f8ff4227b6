/*
 * retired: generations that were replaced, in the order in which they were, until their time is over.
 *
 * For registry.c, which holds its lock around every call.
 */
#ifndef CERTFS_CORE_REGISTRY_RETIRED_H
#define CERTFS_CORE_REGISTRY_RETIRED_H

#include "core/registry/sets.h"

struct retired {
    struct retired *next;
    struct set *set;
    struct generation *generation;
    int64_t since; /* steady seconds */
};

/* Made by retired_init. */
struct retired_queue {
    struct retired *oldest, **end;
};

void retired_init(struct retired_queue *queue);

/* The set's current generation goes to the queue, in `slot`, which is the queue's from then on. */
void retired_push(struct retired_queue *queue, struct set *set, int64_t now, struct retired *slot);

/* Hands over the oldest one, of this set (NULL: of any); NULL if there is none. */
struct generation *retired_pop(struct retired_queue *queue, const struct set *set);

/* Since when the oldest one is retired; -1 for none. */
int64_t retired_since(const struct retired_queue *queue);

/* The numbers of a set's retired generations, newest first; set->retired of them. */
void retired_numbers(const struct retired_queue *queue, const struct set *set, uint64_t *ret);

#endif

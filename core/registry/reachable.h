/*
 * reachable: generations by number, current and retired ones of every set.
 *
 * For registry.c, which holds its lock around every call. It holds no references: who is entered is held by a set or by
 * the queue of retired ones, and is removed before it is released.
 */
#ifndef CERTFS_CORE_REGISTRY_REACHABLE_H
#define CERTFS_CORE_REGISTRY_REACHABLE_H

#include "core/set/generation.h"

/* All zero is empty. */
struct reachable {
    void *tree; /* tsearch(3) */
};

/* -1: no memory, or its number is taken. */
MUST_CHECK int reachable_add(struct reachable *reachable, struct generation *generation);
void reachable_remove(struct reachable *reachable, const struct generation *generation);

/* Borrowed; NULL if there is none. */
struct generation *reachable_find(const struct reachable *reachable, uint64_t number);

/* Forgets all. */
void reachable_clear(struct reachable *reachable);

#endif

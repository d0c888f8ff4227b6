/*
 * vault: which generation is current. The one mutable thing in core.
 *
 * It is changed by one thread (the importer) and read by another (the FUSE thread); its lock is held for the moment
 * of a pointer swap. A replaced generation stays reachable for a while, so that a reader that is between looking up
 * a name and opening it still finds what it looked up. One replaced material is kept for RestorePrevious.
 */
#ifndef CERTFS_CORE_VAULT_H
#define CERTFS_CORE_VAULT_H

#include "core/generation.h"

enum { VAULT_RETIRED_MAX = 16, VAULT_RETIRED_SECONDS = 60 };

/* The time, twice: of day for people, steady for measuring. Seconds. */
struct moment {
    int64_t wall;
    int64_t steady;
};

struct vault;

/* What a change did. */
struct commit {
    bool changed;
    uint64_t generation; /* the newest number */
};

MUST_CHECK int vault_new(struct vault **ret, struct fault *f);
void vault_freep(struct vault **vault); /* accepts NULL */

/* A reference of the current generation, NULL when nothing is served. */
struct generation *vault_current(struct vault *vault);

/* A reference of the current or a retired generation, NULL when it is gone. */
struct generation *vault_find(struct vault *vault, uint64_t number);

/* The newest number that was given; 0 before the first commit. */
uint64_t vault_number(struct vault *vault);

/* Makes the material current. Equal to what is served: nothing changes. Fault: no_memory. */
MUST_CHECK int vault_commit(struct vault *vault, struct material *material, struct moment now, struct commit *ret,
                            struct fault *f);

/* Swaps the current material with the previous one, under a new number. Faults: not_found, no_memory. */
MUST_CHECK int vault_restore(struct vault *vault, struct moment now, struct commit *ret, struct fault *f);

/* Removes everything: current, previous and retired are wiped at once, whoever holds them open. */
void vault_remove(struct vault *vault, struct commit *ret);

/* Lets go of generations that were retired long enough ago. Returns the seconds until the next one, -1 for none. */
int vault_expire(struct vault *vault, struct moment now);

#endif

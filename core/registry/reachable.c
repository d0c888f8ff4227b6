#include "core/registry/reachable.h"

#include <search.h>
#include <stddef.h>

static int reachable_compare(const void *a, const void *b)
{
    uint64_t left = ((const struct generation *)a)->number;
    uint64_t right = ((const struct generation *)b)->number;
    return left < right ? -1 : left > right;
}

int reachable_add(struct reachable *reachable, struct generation *generation)
{
    struct generation **place = tsearch(generation, &reachable->tree, reachable_compare);
    return place != NULL && *place == generation ? 0 : -1;
}

void reachable_remove(struct reachable *reachable, const struct generation *generation)
{
    tdelete(generation, &reachable->tree, reachable_compare);
}

struct generation *reachable_find(const struct reachable *reachable, uint64_t number)
{
    const struct generation key = {.number = number};
    struct generation **found = tfind(&key, &reachable->tree, reachable_compare);
    return found == NULL ? NULL : *found;
}

void reachable_clear(struct reachable *reachable)
{
    while (reachable->tree != NULL)
        reachable_remove(reachable, *(struct generation **)reachable->tree);
}

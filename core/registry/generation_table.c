#include "core/registry/generation_table.h"

#include <search.h>
#include <stdlib.h>

#include "core/base/cleanup.h"
#include "core/set/generation.h"

static int generation_table_compare(const void *a, const void *b)
{
    uint64_t left = ((const struct generation *)a)->number;
    uint64_t right = ((const struct generation *)b)->number;
    return left < right ? -1 : left > right;
}

void generation_table_init(struct generation_table *generations)
{
    *generations = (struct generation_table){.by_number = NULL, .oldest = NULL};
    generations->end = &generations->oldest;
}

/* ---- by number ---- */

int generation_table_add(struct generation_table *generations, struct generation *generation)
{
    struct generation **place = tsearch(generation, &generations->by_number, generation_table_compare);
    return place != NULL && *place == generation ? 0 : -1;
}

void generation_table_remove(struct generation_table *generations, const struct generation *generation)
{
    tdelete(generation, &generations->by_number, generation_table_compare);
}

struct generation *generation_table_find(const struct generation_table *generations, uint64_t number)
{
    const struct generation key = {.number = number};
    struct generation **found = tfind(&key, &generations->by_number, generation_table_compare);
    return found == NULL ? NULL : *found;
}

/* ---- retired ---- */

/* Hands over the oldest one, of this set (NULL: of any), listed or hidden; NULL if there is none. */
static struct generation *generation_table_pop(struct generation_table *generations, const struct set *set)
{
    struct retired **place = &generations->oldest;
    while (*place != NULL && set != NULL && (*place)->set != set)
        place = &(*place)->next;
    struct retired *retired = *place;
    if (retired == NULL)
        return NULL;
    struct generation *generation = retired->generation;
    *place = retired->next;
    if (generations->end == &retired->next)
        generations->end = place;
    if (!retired->hidden)
        retired->set->retired--;
    free(retired);
    generation_table_remove(generations, generation);
    return generation;
}

static void generation_table_append(struct generation_table *generations, struct retired *slot)
{
    *generations->end = slot;
    generations->end = &slot->next;
    if (!slot->hidden)
        slot->set->retired++;
}

void generation_table_retire(struct generation_table *generations, struct set *set, int64_t now, struct retired *slot)
{
    *slot = (struct retired){.set = set, .generation = TAKE(set->current), .since = now};
    generation_table_append(generations, slot);
    while (set->retired > REGISTRY_RETIRED_MAX)
        generation_unref(generation_table_pop(generations, set));
}

static void generation_table_hide_oldest(const struct generation_table *generations, struct set *set)
{
    struct retired *oldest = generations->oldest;
    while (oldest->set != set || oldest->hidden)
        oldest = oldest->next;
    oldest->hidden = true;
    set->retired--;
}

int generation_table_adopt(struct generation_table *generations, struct generation *generation, struct retired *slot)
{
    if (generation_table_find(generations, generation->number) != NULL ||
        generation_table_add(generations, generation) != 0)
        return -1;
    slot->generation = generation_ref(generation);
    slot->next = NULL;
    generation_table_append(generations, slot);
    if (slot->set->retired > REGISTRY_RETIRED_MAX)
        generation_table_hide_oldest(generations, slot->set);
    return 0;
}

int generation_table_expire(struct generation_table *generations, int64_t now)
{
    const struct retired *oldest;
    while ((oldest = generations->oldest) != NULL && now - oldest->since >= REGISTRY_RETIRED_SECONDS)
        generation_unref(generation_table_pop(generations, NULL));
    return oldest == NULL ? -1 : (int)(oldest->since + REGISTRY_RETIRED_SECONDS - now);
}

size_t generation_table_take(struct generation_table *generations, const struct set *set,
                             struct generation *ret[static REGISTRY_RETIRED_MAX])
{
    size_t count = 0;
    while (count < REGISTRY_RETIRED_MAX && (ret[count] = generation_table_pop(generations, set)) != NULL)
        count++;
    return count;
}

void generation_table_list(const struct generation_table *generations, const struct set *set, uint64_t *ret)
{
    size_t place = set->retired;
    for (const struct retired *retired = generations->oldest; retired != NULL && place > 0; retired = retired->next)
        if (retired->set == set && !retired->hidden)
            ret[--place] = retired->generation->number;
}

void generation_table_done(struct generation_table *generations)
{
    while (generations->oldest != NULL)
        generation_unref(generation_table_pop(generations, NULL));
    while (generations->by_number != NULL)
        generation_table_remove(generations, *(struct generation **)generations->by_number);
}

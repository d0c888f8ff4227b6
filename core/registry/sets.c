#include "core/registry/sets.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/set/material.h"
#include "core/set/resource.h"

struct set *set_new(struct resource *resource, struct tags *tags)
{
    struct set *set = calloc(1, sizeof(*set));
    if (set == NULL)
        return NULL;
    set->resource = resource_ref(resource);
    set->identifier = resource->identifier;
    set->tags = tags_ref(tags);
    return set;
}

void set_free(struct set *set)
{
    if (set == NULL)
        return;
    generation_unref(set->current);
    material_unref(set->previous);
    tags_unref(set->tags);
    resource_unref(set->resource);
    free(set);
}

/* Names are ASCII, and so is what strcasecmp folds: certfs never leaves the C locale. */
static int sets_compare_names(const void *a, const void *b)
{
    return strcasecmp(((const struct set *)a)->identifier, ((const struct set *)b)->identifier);
}

struct set *sets_find(const struct sets *sets, const char *identifier)
{
    const struct set key = {.identifier = identifier};
    struct set **found = tfind(&key, &sets->by_name, sets_compare_names);
    return found == NULL ? NULL : *found;
}

/* Where the first set stands whose number is at least this one. */
static size_t sets_position_of(const struct sets *sets, uint64_t number)
{
    size_t low = 0, high = sets->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sets->by_number[middle]->resource->set < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct set *sets_find_number(const struct sets *sets, uint64_t number)
{
    size_t position = sets_position_of(sets, number);
    if (position == sets->count || sets->by_number[position]->resource->set != number)
        return NULL;
    return sets->by_number[position];
}

struct set *sets_after(const struct sets *sets, uint64_t number)
{
    for (size_t i = sets_position_of(sets, number); i < sets->count; i++)
        if (sets->by_number[i]->current != NULL && sets->by_number[i]->resource->set > number)
            return sets->by_number[i];
    return NULL;
}

bool sets_have(const struct sets *sets, const struct resource *resource)
{
    return sets_find_number(sets, resource->set) != NULL || sets_find(sets, resource->identifier) != NULL;
}

static int sets_make_room(struct sets *sets)
{
    if (sets->count < sets->capacity)
        return 0;
    size_t capacity = sets->capacity == 0 ? 16 : 2 * sets->capacity;
    struct set **larger = reallocarray(sets->by_number, capacity, sizeof(struct set *));
    if (larger == NULL)
        return -1;
    sets->by_number = larger;
    sets->capacity = capacity;
    return 0;
}

int sets_insert(struct sets *sets, struct set *set)
{
    if (sets_have(sets, set->resource) || sets_make_room(sets) != 0 ||
        tsearch(set, &sets->by_name, sets_compare_names) == NULL)
        return -1;
    size_t position = sets_position_of(sets, set->resource->set);
    memmove(sets->by_number + position + 1, sets->by_number + position,
            (sets->count - position) * sizeof(sets->by_number[0]));
    sets->by_number[position] = set;
    sets->count++;
    return 0;
}

void sets_remove(struct sets *sets, struct set *set)
{
    size_t position = sets_position_of(sets, set->resource->set);
    tdelete(set, &sets->by_name, sets_compare_names);
    sets->count--;
    memmove(sets->by_number + position, sets->by_number + position + 1,
            (sets->count - position) * sizeof(sets->by_number[0]));
}

void sets_done(struct sets *sets)
{
    while (sets->count > 0) {
        struct set *last = sets->by_number[sets->count - 1];
        sets_remove(sets, last);
        set_free(last);
    }
    free(sets->by_number);
    *sets = (struct sets){.count = 0};
}

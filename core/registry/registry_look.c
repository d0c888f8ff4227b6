/* The reading half of registry.h. Each call holds the lock for one lookup. */
#include "core/registry/registry.h"

#include "core/about/tags.h"
#include "core/registry/generation_table.h"
#include "core/registry/registry_state.h"
#include "core/registry/sets.h"
#include "core/set/generation.h"
#include "core/set/material.h"

/* With the lock held. */
static struct generation *registry_look_current_of(const struct set *set)
{
    return set == NULL || set->current == NULL ? NULL : generation_ref(set->current);
}

struct generation *registry_current(struct registry *registry, const char *identifier)
{
    pthread_mutex_lock(&registry->lock);
    struct generation *current = registry_look_current_of(sets_find(&registry->sets, identifier));
    pthread_mutex_unlock(&registry->lock);
    return current;
}

struct generation *registry_current_of(struct registry *registry, uint64_t set)
{
    pthread_mutex_lock(&registry->lock);
    struct generation *current = registry_look_current_of(sets_find_number(&registry->sets, set));
    pthread_mutex_unlock(&registry->lock);
    return current;
}

struct generation *registry_next(struct registry *registry, uint64_t after)
{
    pthread_mutex_lock(&registry->lock);
    struct generation *current = registry_look_current_of(sets_after(&registry->sets, after));
    pthread_mutex_unlock(&registry->lock);
    return current;
}

size_t registry_count(struct registry *registry)
{
    pthread_mutex_lock(&registry->lock);
    size_t count = registry->sets.count - (sets_find_number(&registry->sets, 0) != NULL);
    pthread_mutex_unlock(&registry->lock);
    return count;
}

void registry_look(struct registry *registry, const char *identifier, struct served *ret)
{
    pthread_mutex_lock(&registry->lock);
    const struct set *set = sets_find(&registry->sets, identifier);
    *ret = (struct served){.current = registry_look_current_of(set)};
    if (ret->current != NULL) {
        ret->previous = set->previous == NULL ? NULL : material_ref(set->previous);
        ret->tags = tags_ref(set->tags);
    }
    pthread_mutex_unlock(&registry->lock);
}

void served_done(struct served *served)
{
    generation_unref(served->current);
    material_unref(served->previous);
    tags_unref(served->tags);
    *served = (struct served){.current = NULL};
}

struct tags *registry_tags(struct registry *registry, uint64_t set)
{
    pthread_mutex_lock(&registry->lock);
    const struct set *found = sets_find_number(&registry->sets, set);
    struct tags *tags = found == NULL ? NULL : tags_ref(found->tags);
    pthread_mutex_unlock(&registry->lock);
    return tags;
}

struct generation *registry_find(struct registry *registry, uint64_t number)
{
    pthread_mutex_lock(&registry->lock);
    struct generation *found = generation_table_find(&registry->generations, number);
    if (found != NULL)
        generation_ref(found);
    pthread_mutex_unlock(&registry->lock);
    return found;
}

size_t registry_list(struct registry *registry, const char *identifier, uint64_t *ret)
{
    pthread_mutex_lock(&registry->lock);
    const struct set *set = sets_find(&registry->sets, identifier);
    size_t count = set == NULL || set->current == NULL ? 0 : set->retired + 1;
    if (count > 0 && ret != NULL) {
        ret[0] = set->current->number;
        generation_table_list(&registry->generations, set, ret + 1);
    }
    pthread_mutex_unlock(&registry->lock);
    return count;
}

uint64_t registry_number(struct registry *registry)
{
    pthread_mutex_lock(&registry->lock);
    uint64_t number = registry->number;
    pthread_mutex_unlock(&registry->lock);
    return number;
}

/* What vault.h offers for looking at a vault. Each call takes the lock for the moment of a look. */
#include "core/vault/vault.h"

#include "core/vault/vault_state.h"

/* With the lock held. */
static struct generation *current_of(const struct set *set)
{
    return set == NULL || set->current == NULL ? NULL : generation_ref(set->current);
}

struct generation *vault_current(struct vault *vault, const char *identifier)
{
    pthread_mutex_lock(&vault->lock);
    struct generation *current = current_of(sets_find(&vault->sets, identifier));
    pthread_mutex_unlock(&vault->lock);
    return current;
}

struct generation *vault_current_of(struct vault *vault, uint64_t set)
{
    pthread_mutex_lock(&vault->lock);
    struct generation *current = current_of(sets_find_number(&vault->sets, set));
    pthread_mutex_unlock(&vault->lock);
    return current;
}

struct generation *vault_next(struct vault *vault, uint64_t after)
{
    pthread_mutex_lock(&vault->lock);
    struct generation *current = current_of(sets_after(&vault->sets, after));
    pthread_mutex_unlock(&vault->lock);
    return current;
}

size_t vault_count(struct vault *vault)
{
    pthread_mutex_lock(&vault->lock);
    size_t count = vault->sets.count - (sets_find_number(&vault->sets, 0) != NULL);
    pthread_mutex_unlock(&vault->lock);
    return count;
}

struct material *vault_previous(struct vault *vault, const char *identifier)
{
    pthread_mutex_lock(&vault->lock);
    const struct set *set = sets_find(&vault->sets, identifier);
    struct material *previous = set == NULL || set->previous == NULL ? NULL : material_ref(set->previous);
    pthread_mutex_unlock(&vault->lock);
    return previous;
}

struct tags *vault_tags(struct vault *vault, uint64_t set)
{
    pthread_mutex_lock(&vault->lock);
    const struct set *found = sets_find_number(&vault->sets, set);
    struct tags *tags = found == NULL ? NULL : tags_ref(found->tags);
    pthread_mutex_unlock(&vault->lock);
    return tags;
}

struct generation *vault_find(struct vault *vault, uint64_t number)
{
    pthread_mutex_lock(&vault->lock);
    struct generation *found = reachable_find(&vault->reachable, number);
    if (found != NULL)
        generation_ref(found);
    pthread_mutex_unlock(&vault->lock);
    return found;
}

size_t vault_list(struct vault *vault, const char *identifier, uint64_t *ret)
{
    pthread_mutex_lock(&vault->lock);
    const struct set *set = sets_find(&vault->sets, identifier);
    size_t count = set == NULL || set->current == NULL ? 0 : set->retired + 1;
    if (count > 0 && ret != NULL) {
        ret[0] = set->current->number;
        retired_numbers(&vault->retired, set, ret + 1);
    }
    pthread_mutex_unlock(&vault->lock);
    return count;
}

uint64_t vault_number(struct vault *vault)
{
    pthread_mutex_lock(&vault->lock);
    uint64_t number = vault->number;
    pthread_mutex_unlock(&vault->lock);
    return number;
}

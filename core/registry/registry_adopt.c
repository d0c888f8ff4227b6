/* The part of registry.h that fills a registry from a store, before there is a second thread. */
#include <stdlib.h>

#include "core/base/fault.h"
#include "core/registry/generation_table.h"
#include "core/registry/registry.h"
#include "core/registry/registry_state.h"
#include "core/registry/sets.h"
#include "core/set/generation.h"
#include "core/set/material.h"
#include "core/set/resource.h"
#include "core/store/store.h"

bool registry_has_numbers(const struct registry *registry, uint64_t generation, uint64_t set)
{
    return generation_table_find(&registry->generations, generation) != NULL ||
           sets_find_number(&registry->sets, set) != NULL;
}

int registry_adopt(struct registry *registry, struct generation *generation, struct material *previous,
                   struct tags *tags, struct fault *f)
{
    if (registry_has_numbers(registry, generation->number, generation->resource->set))
        return fault_set(f, REASON_STORE_FAILED, "", "another record has the same number");
    if (sets_find(&registry->sets, generation->resource->identifier) != NULL)
        return fault_set(f, REASON_STORE_FAILED, "", "another record has the same name");
    struct set *set = set_new(generation->resource, tags);
    bool added = set != NULL && generation_table_add(&registry->generations, generation) == 0;
    if (!added || sets_insert(&registry->sets, set) != 0) {
        if (added)
            generation_table_remove(&registry->generations, generation);
        set_free(set);
        return fault_no_memory(f);
    }
    set->current = generation_ref(generation);
    set->previous = previous == NULL ? NULL : material_ref(previous);
    registry_skip(registry, generation->number);
    registry_skip(registry, generation->resource->set);
    return 0;
}

int registry_adopt_retired(struct registry *registry, struct generation *generation, int64_t since, bool hidden,
                           struct fault *f)
{
    struct set *set = sets_find(&registry->sets, generation->resource->identifier);
    struct retired *slot = malloc(sizeof(*slot));
    if (slot != NULL)
        *slot = (struct retired){.set = set, .generation = generation, .since = since, .hidden = hidden};
    if (set != NULL && slot != NULL && generation_table_adopt(&registry->generations, generation, slot) == 0)
        return 0;
    free(slot);
    return slot == NULL ? fault_no_memory(f)
                        : fault_set(f, REASON_NOT_FOUND, "", "the set is not served, or serves this generation");
}

void registry_skip(struct registry *registry, uint64_t number)
{
    if (number > registry->number)
        registry->number = number;
}

void registry_attach(struct registry *registry, struct store *store)
{
    registry->store = store;
    for (size_t i = 0; i < registry->sets.count; i++)
        (void)store_stamp(store, registry->sets.by_number[i]->identifier, &registry->sets.by_number[i]->stored,
                          &(struct fault){.reason = REASON_NONE});
}

#include "core/generation.h"

#include <stdlib.h>
#include <string.h>

struct generation *generation_new(uint64_t number, int64_t committed, struct material *material,
                                  struct resource *resource, const char *key_id)
{
    struct generation *generation = malloc(sizeof(*generation));
    char *id = strdup(key_id);
    if (generation == NULL || id == NULL) {
        free(generation);
        free(id);
        return NULL;
    }
    *generation = (struct generation){.number = number,
                                      .committed = committed,
                                      .material = material_ref(material),
                                      .resource = resource_ref(resource),
                                      .key_id = id,
                                      .references_ = 1};
    return generation;
}

struct generation *generation_ref(struct generation *generation)
{
    __atomic_fetch_add(&generation->references_, 1, __ATOMIC_RELAXED);
    return generation;
}

void generation_unref(struct generation *generation)
{
    if (generation == NULL || __atomic_fetch_sub(&generation->references_, 1, __ATOMIC_ACQ_REL) > 1)
        return;
    material_unref(generation->material);
    resource_unref(generation->resource);
    free(generation->key_id);
    free(generation);
}

void generation_unrefp(struct generation **generation)
{
    generation_unref(*generation);
}

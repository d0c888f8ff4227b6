#include "core/set/generation.h"

#include <stdlib.h>
#include <string.h>

#include "core/set/content.h"

struct generation *generation_new(uint64_t number, int64_t committed, struct material *material,
                                  struct resource *resource, const char *key_id)
{
    size_t size = strlen(key_id) + 1;
    struct generation *generation = malloc(sizeof(*generation) + size);
    if (generation == NULL)
        return NULL;
    generation->number = number;
    generation->committed = committed;
    generation->material = material_ref(material);
    generation->resource = resource_ref(resource);
    generation->description = NULL;
    generation->references_ = REFCOUNT_ONE;
    memcpy(generation->key_id, key_id, size);
    return generation;
}

struct generation *generation_ref(struct generation *generation)
{
    refcount_take(&generation->references_);
    return generation;
}

void generation_unref(struct generation *generation)
{
    if (generation == NULL || !refcount_drop(&generation->references_))
        return;
    content_unref(generation->description);
    material_unref(generation->material);
    resource_unref(generation->resource);
    free(generation);
}

void generation_unrefp(struct generation **generation)
{
    generation_unref(*generation);
}

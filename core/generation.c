#include "core/generation.h"

#include <stdlib.h>

struct generation *generation_new(uint64_t number, int64_t committed, struct material *material)
{
    struct generation *generation = malloc(sizeof(*generation));
    if (generation == NULL)
        return NULL;
    *generation = (struct generation){
        .number = number, .committed = committed, .material = material_ref(material), .references_ = 1};
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
    free(generation);
}

void generation_unrefp(struct generation **generation)
{
    generation_unref(*generation);
}

/*
 * registry_state: the parts of a registry, for registry.c, which changes it, and registry_look.c, which reads it.
 */
#ifndef CERTFS_CORE_REGISTRY_REGISTRY_STATE_H
#define CERTFS_CORE_REGISTRY_REGISTRY_STATE_H

#include <pthread.h>

#include "core/registry/generation_table.h"
#include "core/registry/registry.h"
#include "core/registry/sets.h"

struct store;

struct registry {
    struct store *store;     /* NULL: memory only */
    registry_intend *intend; /* of the thread that changes it, as the next; NULL: nothing is called */
    void *intend_context;
    pthread_mutex_t lock; /* over all below */
    uint64_t number;
    struct sets sets;
    struct generation_table generations;
};

#endif

#include "core/registry/load_retired.h"

#include "core/about/identifier.h"
#include "core/base/buf.h"
#include "core/base/fault.h"
#include "core/registry/registry_state.h"
#include "core/set/dms_certificate.h"
#include "core/set/generation.h"
#include "core/set/material.h"
#include "core/set/resource.h"
#include "core/store/record_read.h"
#include "core/store/store.h"
#include "core/store/vault.h"

struct reviving {
    struct registry *registry;
    int64_t since;
    bool hidden;
};

/* In its set as it is now: the record has the same resource. */
static struct generation *load_retired_generation(const struct reviving *r, const struct store_opened *opened)
{
    CLEANUP(material_unrefp) struct material *material = NULL;
    CLEANUP(generation_unrefp) struct generation *current = NULL;
    char identifier[IDENTIFIER_MAX + 1];
    struct fault ignored = {.reason = REASON_NONE};
    const struct record_text *record = &opened->record;
    buf_copy_text(&record->identifier, identifier, sizeof(identifier));
    current = registry_current(r->registry, identifier);
    if (current == NULL || record_material(&record->set, &material, &ignored) != 0 || material == NULL)
        return NULL;
    return dms_certificate_generation(record->generation, (int64_t)record->committed, material, current->resource,
                                      opened->key_id);
}

static int load_retired_visit(void *context, const char *name, const struct store_opened *opened,
                              const struct fault *fault)
{
    const struct reviving *r = context;
    (void)name;
    CLEANUP(generation_unrefp)
    struct generation *generation = fault != NULL ? NULL : load_retired_generation(r, opened);
    struct fault ignored = {.reason = REASON_NONE};
    return generation == NULL ? -1 : registry_adopt_retired(r->registry, generation, r->since, r->hidden, &ignored);
}

static bool load_retired_is_young(const struct vault_retired *retired, struct moment now)
{
    return now.steady - retired->since < REGISTRY_RETIRED_SECONDS;
}

static size_t load_retired_count(struct store *store, struct moment now)
{
    struct vault_retired listed[VAULT_LISTED];
    size_t count, young = 0;
    for (uint64_t after = 0; (count = store_list_retired(store, after, listed)) > 0; after = listed[count - 1].number)
        for (size_t i = 0; i < count; i++)
            young += load_retired_is_young(&listed[i], now);
    return young;
}

void registry_load_retired(struct registry *registry, struct moment now)
{
    struct vault_retired listed[VAULT_LISTED];
    size_t count, young = load_retired_count(registry->store, now);
    for (uint64_t after = 0; (count = store_list_retired(registry->store, after, listed)) > 0;
         after = listed[count - 1].number)
        for (size_t i = 0; i < count; i++) {
            struct reviving reviving = {.registry = registry, .since = listed[i].since};
            if (load_retired_is_young(&listed[i], now) && young-- <= LOAD_RETIRED_MAX)
                (void)store_visit_retired(registry->store, listed[i].number, load_retired_visit, &reviving);
        }
}

struct generation *registry_revive(struct registry *registry, uint64_t number)
{
    struct reviving reviving = {.registry = registry, .hidden = true};
    struct generation *found = registry_find(registry, number);
    if (found != NULL || registry->store == NULL ||
        store_visit_retired(registry->store, number, load_retired_visit, &reviving) != 0)
        return found;
    return registry_find(registry, number);
}

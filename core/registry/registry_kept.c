#include "core/registry/registry_kept.h"

#include <string.h>

#include "core/base/stamp.h"
#include "core/registry/registry.h"
#include "core/registry/registry_state.h"
#include "core/registry/sets.h"
#include "core/set/generation.h"
#include "core/store/kek.h"
#include "core/store/store.h"

int registry_check_record(struct registry *registry, uint64_t number, bool *ret_opened, struct fault *f)
{
    struct set *set = sets_find_number(&registry->sets, number);
    struct stamp stamp;
    *ret_opened = false;
    if (registry->store == NULL || set == NULL || set->current == NULL)
        return 0;
    bool found = store_stamp(registry->store, set->identifier, &stamp, f) == 0;
    if (found && stamp_equal(&stamp, &set->stored))
        return 0;
    set->stored = (struct stamp){.inode = 0};
    if (!found)
        return -1;
    *ret_opened = true;
    if (store_verify(registry->store, set->current, set->tags, f) != 0)
        return -1;
    set->stored = stamp;
    return 0;
}

uint64_t registry_record(const struct registry *registry, const char *identifier)
{
    struct stamp stamp = {.inode = 0};
    struct fault ignored = {.reason = REASON_NONE};
    return registry->store != NULL && store_stamp(registry->store, identifier, &stamp, &ignored) == 0 ? stamp.inode : 0;
}

bool registry_has_records(const struct registry *registry, const char *identifier)
{
    bool any = false;
    struct fault ignored = {.reason = REASON_NONE};
    return registry->store != NULL && (store_has_any(registry->store, identifier, &any, &ignored) != 0 || any);
}

int registry_settle(struct registry *registry, struct fault *f)
{
    return registry->store == NULL ? 0 : store_settle(registry->store, f);
}

struct sweeping {
    struct registry *registry;
    registry_use *is_used;
    void *context;
};

static bool registry_kept_is_wanted(void *context, uint64_t number)
{
    const struct sweeping *sweeping = context;
    CLEANUP(generation_unrefp) struct generation *found = registry_find(sweeping->registry, number);
    return found != NULL || sweeping->is_used(sweeping->context, number);
}

size_t registry_sweep(struct registry *registry, registry_use *is_used, void *context)
{
    struct sweeping sweeping = {.registry = registry, .is_used = is_used, .context = context};
    return registry->store == NULL ? 0 : store_sweep(registry->store, registry_kept_is_wanted, &sweeping);
}

bool registry_uses_key(const struct registry *registry, const char *key_id, const struct set *but)
{
    char file[KEK_ID_MAX + 1], other[KEK_ID_MAX + 1];
    kek_file_name(key_id, file);
    for (size_t i = 0; i < registry->sets.count; i++) {
        const struct set *set = registry->sets.by_number[i];
        if (set == but || set->current == NULL)
            continue;
        kek_file_name(set->current->key_id, other);
        if (strcmp(file, other) == 0)
            return true;
    }
    return false;
}

struct checking {
    const struct registry *registry;
    registry_key_visit *visit;
    void *context;
};

static bool registry_kept_is_used(void *context, const char *key_id)
{
    return registry_uses_key(((const struct checking *)context)->registry, key_id, NULL);
}

static void registry_kept_visit_key(void *context, const char *key_id, const struct fault *fault)
{
    const struct checking *checking = context;
    checking->visit(checking->context, key_id, fault);
}

void registry_check_keys(struct registry *registry, registry_key_visit *visit, void *context)
{
    struct checking checking = {.registry = registry, .visit = visit, .context = context};
    if (registry->store != NULL)
        store_check_keys(registry->store, registry_kept_is_used, registry_kept_visit_key, &checking);
}

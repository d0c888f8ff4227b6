#include "core/registry/registry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fault.h"
#include "core/registry/generation_table.h"
#include "core/registry/registry_kept.h"
#include "core/registry/registry_state.h"
#include "core/registry/sets.h"
#include "core/set/dms_certificate.h"
#include "core/set/material.h"
#include "core/set/resource.h"
#include "core/store/record.h"
#include "core/store/store.h"

int registry_new(struct registry **ret, struct fault *f)
{
    struct registry *registry = malloc(sizeof(*registry));
    if (registry == NULL)
        return fault_no_memory(f);
    *registry = (struct registry){.lock = PTHREAD_MUTEX_INITIALIZER};
    generation_table_init(&registry->generations);
    *ret = registry;
    return 0;
}

/* The set of that name; a new and empty one with the next number if there is none. NULL if allocation fails. */
static struct set *registry_open_set(struct registry *registry, const struct registry_entry *entry)
{
    struct set *set = sets_find(&registry->sets, entry->identifier);
    if (set != NULL)
        return set;
    uint64_t number = entry->identifier[0] == '\0' ? 0 : registry->number + 1;
    CLEANUP(resource_unrefp)
    struct resource *resource = resource_new(entry->identifier, number, entry->arn, entry->created);
    set = resource == NULL ? NULL : set_new(resource, entry->tags);
    if (set == NULL)
        return NULL;
    pthread_mutex_lock(&registry->lock);
    int inserted = sets_insert(&registry->sets, set);
    pthread_mutex_unlock(&registry->lock);
    if (inserted == 0)
        return set;
    set_free(set);
    return NULL;
}

/* Removes a set that never got a generation. */
static void registry_close_empty(struct registry *registry, struct set *set)
{
    if (set->current != NULL)
        return;
    pthread_mutex_lock(&registry->lock);
    sets_remove(&registry->sets, set);
    pthread_mutex_unlock(&registry->lock);
    set_free(set);
}

int registry_expire(struct registry *registry, struct moment now)
{
    pthread_mutex_lock(&registry->lock);
    int seconds = generation_table_expire(&registry->generations, now.steady);
    pthread_mutex_unlock(&registry->lock);
    return seconds;
}

void registry_freep(struct registry **registry)
{
    struct registry *v = *registry;
    if (v == NULL)
        return;
    generation_table_done(&v->generations);
    sets_done(&v->sets);
    store_freep(&v->store);
    pthread_mutex_destroy(&v->lock);
    free(v);
}

/* ---- changing: prepared without the lock, since only this thread writes ---- */

void registry_call_before(struct registry *registry, registry_intend *intend, void *context)
{
    registry->intend = intend;
    registry->intend_context = context;
}

static void registry_intend_change(const struct registry *registry, const struct commit *commit)
{
    if (registry->intend != NULL)
        registry->intend(registry->intend_context, commit);
}

/* A generation that is not visible yet. Owns what it holds until it is swapped in. */
struct change {
    struct generation *next;
    struct material *previous;
    struct tags *tags;
    struct retired *slot; /* for the generation that is replaced */
};

static void registry_change_done(struct change *change)
{
    generation_unref(change->next);
    material_unref(change->previous);
    tags_unref(change->tags);
    free(change->slot);
}

static int registry_prepare(const struct registry *registry, const struct set *set, const struct registry_entry *entry,
                            struct moment now, struct change *ret, struct fault *f)
{
    uint64_t number = registry->number + 1;
    ret->next = dms_certificate_generation(number, now.wall, entry->material, set->resource, entry->key_id);
    ret->previous = set->current == NULL ? NULL : material_ref(set->current->material);
    ret->tags = tags_ref(entry->tags);
    ret->slot = malloc(sizeof(*ret->slot));
    return ret->next != NULL && ret->slot != NULL ? 0 : fault_no_memory(f);
}

/* Not yet visible: no client has been given its inode numbers. */
static int registry_enter(struct registry *registry, const struct change *change, struct fault *f)
{
    pthread_mutex_lock(&registry->lock);
    int result = generation_table_add(&registry->generations, change->next);
    pthread_mutex_unlock(&registry->lock);
    return result == 0 ? 0 : fault_no_memory(f);
}

static void registry_leave(struct registry *registry, const struct change *change)
{
    pthread_mutex_lock(&registry->lock);
    generation_table_remove(&registry->generations, change->next);
    pthread_mutex_unlock(&registry->lock);
}

/* A key that sealed this set alone may have been replaced: with the record that is written now, both fit again. */
static int registry_put_on_disk(struct registry *registry, struct set *set, const struct record *record,
                                struct fault *f)
{
    const unsigned how = set->current == NULL ? STORE_FIRST : 0;
    if (registry->store == NULL)
        return 0;
    int result = store_put(registry->store, record, how, f);
    if (result != 0 && f->os_errno == ESTALE && f->reason == REASON_KEY_NOT_ACCESSIBLE &&
        !registry_uses_key(registry, record->generation->key_id, set)) {
        fault_clear(f);
        result = store_put(registry->store, record, how | STORE_ANY_KEY, f);
    }
    if (result == 0)
        (void)store_stamp(registry->store, set->identifier, &set->stored, &(struct fault){.reason = REASON_NONE});
    return result;
}

/* Whether a served set has lost its record: then it is written again even if nothing changes. */
static bool registry_is_missing(const struct registry *registry, const struct set *set)
{
    return registry->store != NULL && set->current != NULL && !store_has(registry->store, set->identifier);
}

/* Makes the change visible. Cannot fail: all memory is allocated. Leaves what it replaces in `change`. */
static void registry_swap_in(struct registry *registry, struct set *set, struct change *change, struct moment now)
{
    pthread_mutex_lock(&registry->lock);
    struct material *previous = set->previous;
    struct tags *tags = set->tags;
    if (set->current != NULL)
        generation_table_retire(&registry->generations, set, now.steady, TAKE(change->slot));
    set->current = TAKE(change->next);
    set->previous = change->previous;
    set->tags = change->tags;
    registry->number = set->current->number;
    change->previous = previous;
    change->tags = tags;
    pthread_mutex_unlock(&registry->lock);
}

/* On disk first, visible second. */
static int registry_publish(struct registry *registry, struct set *set, const struct registry_entry *entry,
                            struct moment now, struct commit *ret, struct fault *f)
{
    CLEANUP(registry_change_done) struct change change = {.next = NULL};
    if (registry_prepare(registry, set, entry, now, &change, f) != 0 || registry_enter(registry, &change, f) != 0)
        return -1;
    const struct record record = {.generation = change.next, .previous = change.previous, .tags = change.tags};
    const struct commit done = {.changed = true,
                                .generation = change.next->number,
                                .set = set->resource->set,
                                .current = change.next,
                                .record_missing = registry_is_missing(registry, set)};
    registry_intend_change(registry, &done);
    if (registry->store != NULL && set->current != NULL)
        store_retire(registry->store, set->identifier, set->current->number, now.steady);
    if (registry_put_on_disk(registry, set, &record, f) != 0) {
        registry_leave(registry, &change);
        return -1;
    }
    registry_swap_in(registry, set, &change, now);
    *ret = done;
    return 0;
}

/* Whether a restart would serve the set as it is. Looked at whenever a request is acknowledged without a write. */
static bool registry_is_kept(const struct registry *registry, const struct set *set)
{
    struct fault ignored = {.reason = REASON_NONE};
    return registry->store == NULL || store_verify(registry->store, set->current, set->tags, &ignored) == 0;
}

/* The same generation with these tags is served and on disk. */
static int registry_retag_set(struct registry *registry, struct set *set, struct tags *tags, struct commit *ret,
                              struct fault *f)
{
    const struct record record = {.generation = set->current, .previous = set->previous, .tags = tags};
    *ret = (struct commit){.generation = set->current->number,
                           .set = set->resource->set,
                           .current = set->current,
                           .record_missing = registry_is_missing(registry, set)};
    if (tags_equal(set->tags, tags)) {
        ret->record_bad = !ret->record_missing && !registry_is_kept(registry, set);
        if (!ret->record_missing && !ret->record_bad)
            return 0;
    }
    registry_intend_change(registry, ret);
    if (registry_put_on_disk(registry, set, &record, f) != 0)
        return -1;
    pthread_mutex_lock(&registry->lock);
    struct tags *old = set->tags;
    set->tags = tags_ref(tags);
    pthread_mutex_unlock(&registry->lock);
    tags_unref(old);
    return 0;
}

int registry_retag(struct registry *registry, const char *identifier, struct tags *tags, struct commit *ret,
                   struct fault *f)
{
    struct set *set = sets_find(&registry->sets, identifier);
    return set == NULL ? fault_set(f, REASON_NOT_FOUND, "", "there is no such set")
                       : registry_retag_set(registry, set, tags, ret, f);
}

bool registry_has_key(const struct registry *registry, const char *key_id)
{
    return registry->store != NULL && store_has_key(registry->store, key_id);
}

static int registry_choose_key(const struct registry *registry, const char *key_id, const char **ret, struct fault *f)
{
    const bool has_keys = registry->store != NULL && store_has_keys(registry->store);
    if (!has_keys && key_id != NULL)
        return fault_set(f, REASON_KEY_NOT_ACCESSIBLE, "KmsKeyId",
                         "there are no key-encryption keys: certfs keeps everything in memory (STORE is none)");
    *ret = key_id != NULL ? key_id : has_keys ? store_default_id(registry->store) : "";
    return 0;
}

static bool registry_is_served(const struct set *set, const struct registry_entry *entry)
{
    return set->current != NULL && strcmp(set->current->key_id, entry->key_id) == 0 &&
           material_equal(set->current->material, entry->material);
}

int registry_commit(struct registry *registry, const struct registry_entry *entry, struct moment now,
                    struct commit *ret, struct fault *f)
{
    struct registry_entry chosen = *entry;
    if (registry_choose_key(registry, entry->key_id, &chosen.key_id, f) != 0)
        return -1;
    struct set *set = registry_open_set(registry, entry);
    if (set == NULL)
        return fault_no_memory(f);
    if (registry_is_served(set, &chosen))
        return registry_retag_set(registry, set, entry->tags, ret, f);
    int result = registry_publish(registry, set, &chosen, now, ret, f);
    registry_close_empty(registry, set);
    return result;
}

int registry_restore(struct registry *registry, const char *identifier, struct moment now, struct commit *ret,
                     struct fault *f)
{
    struct set *set = sets_find(&registry->sets, identifier);
    if (set == NULL || set->previous == NULL)
        return fault_set(f, REASON_NOT_FOUND, "", "there is no previous set to restore");
    CLEANUP(material_unrefp) struct material *previous = material_ref(set->previous);
    const struct registry_entry entry = {
        .identifier = set->identifier, .key_id = set->current->key_id, .material = previous, .tags = set->tags};
    return registry_publish(registry, set, &entry, now, ret, f);
}

/* Each may wait for the reply to a reader, so the registry's lock is not held. */
static void registry_wipe(struct registry *registry, struct set *set)
{
    struct generation *retired[REGISTRY_RETIRED_MAX];
    size_t count;
    material_revoke(set->current->material);
    if (set->previous != NULL)
        material_revoke(set->previous);
    do {
        pthread_mutex_lock(&registry->lock);
        count = generation_table_take(&registry->generations, set, retired);
        pthread_mutex_unlock(&registry->lock);
        for (size_t i = 0; i < count; i++) {
            material_revoke(retired[i]->material);
            generation_unref(retired[i]);
        }
    } while (count == REGISTRY_RETIRED_MAX);
    set_free(set);
}

/* Out of sight, then wiped. NULL: nothing is served; the number counts as given all the same. */
static void registry_forget(struct registry *registry, struct set *set)
{
    pthread_mutex_lock(&registry->lock);
    registry->number++;
    if (set != NULL) {
        sets_remove(&registry->sets, set);
        generation_table_remove(&registry->generations, set->current);
    }
    pthread_mutex_unlock(&registry->lock);
    if (set != NULL)
        registry_wipe(registry, set);
}

/* A set that is not served may have a record that did not open: with its key it would be served again. */
static int registry_plan_removal(struct registry *registry, const struct set *set, const char *identifier,
                                 struct commit *ret, struct fault *f)
{
    *ret = (struct commit){.generation = registry->number, .changed = set != NULL};
    if (set == NULL && registry->store != NULL && store_has_any(registry->store, identifier, &ret->changed, f) != 0)
        return -1;
    if (!ret->changed)
        return 0;
    ret->generation++;
    /* A set that was not served has no number: this one is of no set. */
    ret->set = set != NULL ? set->resource->set : identifier[0] == '\0' ? 0 : ret->generation;
    ret->unopened_removed = set == NULL;
    ret->record_missing = set != NULL && registry->store != NULL && !store_has_record(registry->store, identifier);
    ret->wiped_count = registry_list(registry, identifier, ret->wiped);
    return 0;
}

int registry_remove(struct registry *registry, const char *identifier, struct commit *ret, struct fault *f)
{
    struct set *set = sets_find(&registry->sets, identifier);
    struct commit done;
    bool missing = false;
    if (registry_plan_removal(registry, set, identifier, &done, f) != 0)
        return -1;
    if (done.changed) {
        registry_intend_change(registry, &done);
        if (registry->store != NULL && store_remove(registry->store, identifier, done.generation, &missing, f) != 0)
            return -1;
        done.record_missing = set != NULL && missing;
        registry_forget(registry, set);
    }
    *ret = done;
    return 0;
}

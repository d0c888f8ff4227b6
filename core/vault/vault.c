#include "core/vault/vault.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/set/certificate.h"
#include "core/store/archive.h"
#include "core/vault/vault_kept.h"
#include "core/vault/vault_state.h"

int vault_new(struct vault **ret, struct fault *f)
{
    struct vault *vault = malloc(sizeof(*vault));
    if (vault == NULL)
        return fault_no_memory(f);
    *vault = (struct vault){.lock = PTHREAD_MUTEX_INITIALIZER};
    retired_init(&vault->retired);
    *ret = vault;
    return 0;
}

/* The set of that name; a new and empty one with the next number if there is none. NULL for want of memory. */
static struct set *open_set(struct vault *vault, const struct vault_entry *entry)
{
    struct set *set = sets_find(&vault->sets, entry->identifier);
    if (set != NULL)
        return set;
    uint64_t number = entry->identifier[0] == '\0' ? 0 : vault->number + 1;
    CLEANUP(resource_unrefp)
    struct resource *resource = resource_new(entry->identifier, number, entry->arn, entry->created);
    set = resource == NULL ? NULL : set_new(resource, entry->tags);
    if (set == NULL)
        return NULL;
    pthread_mutex_lock(&vault->lock);
    int inserted = sets_insert(&vault->sets, set);
    pthread_mutex_unlock(&vault->lock);
    if (inserted == 0)
        return set;
    set_free(set);
    return NULL;
}

/* A set that never got a generation goes again. */
static void close_empty(struct vault *vault, struct set *set)
{
    if (set->current != NULL)
        return;
    pthread_mutex_lock(&vault->lock);
    sets_remove(&vault->sets, set);
    pthread_mutex_unlock(&vault->lock);
    set_free(set);
}

/* ---- retiring; all with the lock held ---- */

static void drop(struct vault *vault, struct generation *generation)
{
    reachable_remove(&vault->reachable, generation);
    generation_unref(generation);
}

static void retire(struct vault *vault, struct set *set, struct moment now, struct retired *slot)
{
    retired_push(&vault->retired, set, now.steady, slot);
    if (set->retired > VAULT_RETIRED_MAX)
        drop(vault, retired_pop(&vault->retired, set));
}

int vault_expire(struct vault *vault, struct moment now)
{
    int64_t since;
    pthread_mutex_lock(&vault->lock);
    while ((since = retired_since(&vault->retired)) >= 0 && now.steady - since >= VAULT_RETIRED_SECONDS)
        drop(vault, retired_pop(&vault->retired, NULL));
    pthread_mutex_unlock(&vault->lock);
    return since < 0 ? -1 : (int)(since + VAULT_RETIRED_SECONDS - now.steady);
}

void vault_freep(struct vault **vault)
{
    struct vault *v = *vault;
    if (v == NULL)
        return;
    struct generation *retired;
    while ((retired = retired_pop(&v->retired, NULL)) != NULL)
        drop(v, retired);
    reachable_clear(&v->reachable); /* what is left is of the sets, which release it */
    sets_done(&v->sets);
    archive_freep(&v->archive);
    pthread_mutex_destroy(&v->lock);
    free(v);
}

/* ---- changing: prepared without the lock, since only this thread writes ---- */

/* A generation on its way. Owns what it holds until it is swapped in. */
struct change {
    struct generation *next;
    struct material *previous;
    struct tags *tags;
    struct retired *slot; /* for the generation that is replaced */
};

static void change_done(struct change *change)
{
    generation_unref(change->next);
    material_unref(change->previous);
    tags_unref(change->tags);
    free(change->slot);
}

static int prepare(const struct vault *vault, const struct set *set, const struct vault_entry *entry, struct moment now,
                   struct change *ret, struct fault *f)
{
    uint64_t number = vault->number + 1;
    ret->next = certificate_generation(number, now.wall, entry->material, set->resource, entry->key_id);
    ret->previous = set->current == NULL ? NULL : material_ref(set->current->material);
    ret->tags = tags_ref(entry->tags);
    ret->slot = malloc(sizeof(*ret->slot));
    return ret->next != NULL && ret->slot != NULL ? 0 : fault_no_memory(f);
}

/* Nobody has its inode numbers yet, so it can be found but is not looked for. */
static int enter(struct vault *vault, const struct change *change, struct fault *f)
{
    pthread_mutex_lock(&vault->lock);
    int result = reachable_add(&vault->reachable, change->next);
    pthread_mutex_unlock(&vault->lock);
    return result == 0 ? 0 : fault_no_memory(f);
}

static void leave(struct vault *vault, const struct change *change)
{
    pthread_mutex_lock(&vault->lock);
    reachable_remove(&vault->reachable, change->next);
    pthread_mutex_unlock(&vault->lock);
}

/* A key that sealed this set alone may have been replaced: with the record that is written now, both fit again. */
static int put_on_disk(struct vault *vault, struct set *set, const struct record *record, struct fault *f)
{
    const unsigned how = set->current == NULL ? ARCHIVE_FIRST : 0;
    if (vault->archive == NULL)
        return 0;
    int result = archive_put(vault->archive, record, how, f);
    if (result != 0 && f->os_errno == ESTALE && f->reason == REASON_KEY_NOT_ACCESSIBLE &&
        !vault_uses_key(vault, record->generation->key_id, set)) {
        fault_clear(f);
        result = archive_put(vault->archive, record, how | ARCHIVE_ANY_KEY, f);
    }
    if (result == 0)
        (void)archive_stamp(vault->archive, set->identifier, &set->stored);
    return result;
}

/* Whether a served set has lost its record: whoever changes nothing in it writes it again. */
static bool is_missing(const struct vault *vault, const struct set *set)
{
    return vault->archive != NULL && set->current != NULL && !archive_has(vault->archive, set->identifier);
}

/* The moment of the change. Cannot fail: all memory is there. What it replaces is left in `change`. */
static void swap_in(struct vault *vault, struct set *set, struct change *change, struct moment now)
{
    pthread_mutex_lock(&vault->lock);
    struct material *previous = set->previous;
    struct tags *tags = set->tags;
    if (set->current != NULL)
        retire(vault, set, now, TAKE(change->slot));
    set->current = TAKE(change->next);
    set->previous = change->previous;
    set->tags = change->tags;
    vault->number = set->current->number;
    change->previous = previous;
    change->tags = tags;
    pthread_mutex_unlock(&vault->lock);
}

/* On disk first, visible second. */
static int publish(struct vault *vault, struct set *set, const struct vault_entry *entry, struct moment now,
                   struct commit *ret, struct fault *f)
{
    CLEANUP(change_done) struct change change = {.next = NULL};
    if (prepare(vault, set, entry, now, &change, f) != 0 || enter(vault, &change, f) != 0)
        return -1;
    const struct record record = {.generation = change.next, .previous = change.previous, .tags = change.tags};
    bool missing = is_missing(vault, set);
    if (put_on_disk(vault, set, &record, f) != 0) {
        leave(vault, &change);
        return -1;
    }
    *ret = (struct commit){
        .changed = true, .generation = change.next->number, .set = set->resource->set, .record_missing = missing};
    swap_in(vault, set, &change, now);
    return 0;
}

/* Whether a restart would serve the set as it is. Looked at whenever a request is acknowledged without a write. */
static bool is_kept(const struct vault *vault, const struct set *set)
{
    struct fault ignored = {.reason = REASON_NONE};
    return vault->archive == NULL || archive_verify(vault->archive, set->current, set->tags, &ignored) == 0;
}

/* The same generation with these tags is served and on disk. */
static int retag(struct vault *vault, struct set *set, struct tags *tags, struct commit *ret, struct fault *f)
{
    const struct record record = {.generation = set->current, .previous = set->previous, .tags = tags};
    *ret = (struct commit){
        .generation = set->current->number, .set = set->resource->set, .record_missing = is_missing(vault, set)};
    if (tags_equal(set->tags, tags)) {
        ret->record_bad = !ret->record_missing && !is_kept(vault, set);
        if (!ret->record_missing && !ret->record_bad)
            return 0;
    }
    if (put_on_disk(vault, set, &record, f) != 0)
        return -1;
    pthread_mutex_lock(&vault->lock);
    struct tags *old = set->tags;
    set->tags = tags_ref(tags);
    pthread_mutex_unlock(&vault->lock);
    tags_unref(old);
    return 0;
}

int vault_retag(struct vault *vault, const char *identifier, struct tags *tags, struct commit *ret, struct fault *f)
{
    struct set *set = sets_find(&vault->sets, identifier);
    return set == NULL ? fault_set(f, REASON_NOT_FOUND, "", "there is no such set") : retag(vault, set, tags, ret, f);
}

bool vault_has_key(const struct vault *vault, const char *key_id)
{
    return vault->archive != NULL && archive_has_key(vault->archive, key_id);
}

static int choose_key(const struct vault *vault, const char *key_id, const char **ret, struct fault *f)
{
    if (vault->archive == NULL && key_id != NULL)
        return fault_set(f, REASON_KEY_NOT_ACCESSIBLE, "KmsKeyId",
                         "there are no key-encryption keys: certfs keeps everything in memory (STORE is none)");
    *ret = key_id != NULL ? key_id : vault->archive == NULL ? "" : archive_default_id(vault->archive);
    return 0;
}

static bool is_served(const struct set *set, const struct vault_entry *entry)
{
    return set->current != NULL && strcmp(set->current->key_id, entry->key_id) == 0 &&
           material_equal(set->current->material, entry->material);
}

int vault_commit(struct vault *vault, const struct vault_entry *entry, struct moment now, struct commit *ret,
                 struct fault *f)
{
    struct vault_entry chosen = *entry;
    if (choose_key(vault, entry->key_id, &chosen.key_id, f) != 0)
        return -1;
    struct set *set = open_set(vault, entry);
    if (set == NULL)
        return fault_no_memory(f);
    if (is_served(set, &chosen))
        return retag(vault, set, entry->tags, ret, f);
    int result = publish(vault, set, &chosen, now, ret, f);
    close_empty(vault, set);
    return result;
}

int vault_restore(struct vault *vault, const char *identifier, struct moment now, struct commit *ret, struct fault *f)
{
    struct set *set = sets_find(&vault->sets, identifier);
    if (set == NULL || set->previous == NULL)
        return fault_set(f, REASON_NOT_FOUND, "", "there is no previous set to restore");
    CLEANUP(material_unrefp) struct material *previous = material_ref(set->previous);
    const struct vault_entry entry = {
        .identifier = set->identifier, .key_id = set->current->key_id, .material = previous, .tags = set->tags};
    return publish(vault, set, &entry, now, ret, f);
}

/* Out of sight and wiped, at once. */
static void wipe(struct vault *vault, struct set *set)
{
    sets_remove(&vault->sets, set);
    reachable_remove(&vault->reachable, set->current);
    material_revoke(set->current->material);
    if (set->previous != NULL)
        material_revoke(set->previous);
    struct generation *retired;
    while ((retired = retired_pop(&vault->retired, set)) != NULL) {
        material_revoke(retired->material);
        drop(vault, retired);
    }
}

/* NULL: nothing is served; the number is given all the same. */
static void forget(struct vault *vault, struct set *set)
{
    pthread_mutex_lock(&vault->lock);
    if (set != NULL)
        wipe(vault, set);
    vault->number++;
    pthread_mutex_unlock(&vault->lock);
    set_free(set);
}

/* What is not served may have a record that did not open; with its key it would be served again. */
static int is_anywhere(struct vault *vault, const struct set *set, const char *identifier, bool *ret, struct fault *f)
{
    *ret = set != NULL;
    return set != NULL || vault->archive == NULL ? 0 : archive_has_any(vault->archive, identifier, ret, f);
}

int vault_remove(struct vault *vault, const char *identifier, struct commit *ret, struct fault *f)
{
    struct set *set = sets_find(&vault->sets, identifier);
    struct commit done = {.generation = vault->number};
    bool missing = false;
    if (is_anywhere(vault, set, identifier, &done.changed, f) != 0)
        return -1;
    if (done.changed) {
        done.generation++;
        if (vault->archive != NULL && archive_remove(vault->archive, identifier, done.generation, &missing, f) != 0)
            return -1;
        /* A set that was not served has no number: this one is of no set. */
        done.set = set != NULL ? set->resource->set : identifier[0] == '\0' ? 0 : done.generation;
        done.record_missing = set != NULL && missing;
        done.unopened_removed = set == NULL;
        done.wiped_count = vault_list(vault, identifier, done.wiped);
        forget(vault, set);
    }
    *ret = done;
    return 0;
}

bool vault_has_numbers(const struct vault *vault, uint64_t generation, uint64_t set)
{
    return reachable_find(&vault->reachable, generation) != NULL || sets_find_number(&vault->sets, set) != NULL;
}

int vault_adopt(struct vault *vault, struct generation *generation, struct material *previous, struct tags *tags,
                struct fault *f)
{
    if (vault_has_numbers(vault, generation->number, generation->resource->set))
        return fault_set(f, REASON_STORE_FAILED, "", "another record has the same number");
    if (sets_find(&vault->sets, generation->resource->identifier) != NULL)
        return fault_set(f, REASON_STORE_FAILED, "", "another record has the same name");
    struct set *set = set_new(generation->resource, tags);
    bool added = set != NULL && reachable_add(&vault->reachable, generation) == 0;
    if (!added || sets_insert(&vault->sets, set) != 0) {
        if (added)
            reachable_remove(&vault->reachable, generation);
        set_free(set);
        return fault_no_memory(f);
    }
    set->current = generation_ref(generation);
    set->previous = previous == NULL ? NULL : material_ref(previous);
    vault_skip(vault, generation->number);
    vault_skip(vault, generation->resource->set);
    return 0;
}

void vault_skip(struct vault *vault, uint64_t number)
{
    if (number > vault->number)
        vault->number = number;
}

void vault_attach(struct vault *vault, struct archive *archive)
{
    vault->archive = archive;
    for (size_t i = 0; i < vault->sets.count; i++)
        (void)archive_stamp(archive, vault->sets.by_number[i]->identifier, &vault->sets.by_number[i]->stored);
}

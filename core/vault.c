#include "core/vault.h"

#include <pthread.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "core/archive.h"

struct set {
    char *identifier;
    char *key_id;               /* of the key-encryption key; "" without an archive */
    struct generation *current; /* NULL while the first one is on its way to disk */
    struct material *previous;  /* NULL: none */
    unsigned retired;           /* generations of this set in the queue */
};

/* In the order in which they retired. */
struct retired {
    struct retired *next;
    struct set *set;
    struct generation *generation;
    int64_t since; /* steady seconds */
};

struct vault {
    struct archive *archive; /* NULL: memory only */
    pthread_mutex_t lock;    /* over all below */
    uint64_t number;
    void *sets;      /* of struct set, by identifier: tsearch(3) */
    void *reachable; /* of struct generation, by number: all that vault_find finds */
    struct retired *oldest, **end;
};

static int compare_sets(const void *a, const void *b)
{
    return strcmp(((const struct set *)a)->identifier, ((const struct set *)b)->identifier);
}

static int compare_generations(const void *a, const void *b)
{
    uint64_t left = ((const struct generation *)a)->number;
    uint64_t right = ((const struct generation *)b)->number;
    return left < right ? -1 : left > right;
}

int vault_new(struct vault **ret, struct fault *f)
{
    struct vault *vault = malloc(sizeof(*vault));
    if (vault == NULL)
        return fault_no_memory(f);
    *vault = (struct vault){.lock = PTHREAD_MUTEX_INITIALIZER};
    vault->end = &vault->oldest;
    *ret = vault;
    return 0;
}

static void set_free(void *entry)
{
    struct set *set = entry;
    generation_unref(set->current);
    material_unref(set->previous);
    free(set->identifier);
    free(set->key_id);
    free(set);
}

static struct set *find_set(struct vault *vault, const char *identifier)
{
    char *sought = strdupa(identifier); /* tfind wants a whole element */
    const struct set key = {.identifier = sought};
    struct set **found = tfind(&key, &vault->sets, compare_sets);
    return found == NULL ? NULL : *found;
}

/* The set of that name, an empty one if there is none. NULL for want of memory. */
static struct set *open_set(struct vault *vault, const char *identifier)
{
    struct set *set = find_set(vault, identifier);
    if (set != NULL)
        return set;
    set = calloc(1, sizeof(*set));
    if (set == NULL)
        return NULL;
    set->identifier = strdup(identifier);
    pthread_mutex_lock(&vault->lock);
    bool inserted = set->identifier != NULL && tsearch(set, &vault->sets, compare_sets) != NULL;
    pthread_mutex_unlock(&vault->lock);
    if (!inserted)
        set_free(set);
    return inserted ? set : NULL;
}

/* A set that never got a generation goes again. */
static void close_empty(struct vault *vault, struct set *set)
{
    if (set->current != NULL)
        return;
    pthread_mutex_lock(&vault->lock);
    tdelete(set, &vault->sets, compare_sets);
    pthread_mutex_unlock(&vault->lock);
    set_free(set);
}

/* ---- retiring; all with the lock held ---- */

static void drop(struct vault *vault, struct retired **place)
{
    struct retired *retired = *place;
    *place = retired->next;
    if (vault->end == &retired->next)
        vault->end = place;
    retired->set->retired--;
    tdelete(retired->generation, &vault->reachable, compare_generations);
    generation_unref(retired->generation);
    free(retired);
}

static void drop_oldest_of(struct vault *vault, const struct set *set)
{
    for (struct retired **place = &vault->oldest; *place != NULL; place = &(*place)->next) {
        if ((*place)->set == set) {
            drop(vault, place);
            return;
        }
    }
}

/* The set's current generation goes to the queue, in `slot`. */
static void retire(struct vault *vault, struct set *set, struct moment now, struct retired *slot)
{
    *slot = (struct retired){.set = set, .generation = TAKE(set->current), .since = now.steady};
    *vault->end = slot;
    vault->end = &slot->next;
    if (++set->retired > VAULT_RETIRED_MAX)
        drop_oldest_of(vault, set);
}

int vault_expire(struct vault *vault, struct moment now)
{
    pthread_mutex_lock(&vault->lock);
    while (vault->oldest != NULL && now.steady - vault->oldest->since >= VAULT_RETIRED_SECONDS)
        drop(vault, &vault->oldest);
    int64_t left = vault->oldest == NULL ? -1 : vault->oldest->since + VAULT_RETIRED_SECONDS - now.steady;
    pthread_mutex_unlock(&vault->lock);
    return (int)left;
}

void vault_freep(struct vault **vault)
{
    struct vault *v = *vault;
    if (v == NULL)
        return;
    while (v->oldest != NULL)
        drop(v, &v->oldest);
    while (v->reachable != NULL) /* of the sets, which release them */
        tdelete(*(struct generation **)v->reachable, &v->reachable, compare_generations);
    tdestroy(v->sets, set_free);
    archive_freep(&v->archive);
    pthread_mutex_destroy(&v->lock);
    free(v);
}

/* ---- looking ---- */

struct generation *vault_current(struct vault *vault, const char *identifier)
{
    pthread_mutex_lock(&vault->lock);
    const struct set *set = find_set(vault, identifier);
    struct generation *current = set == NULL || set->current == NULL ? NULL : generation_ref(set->current);
    pthread_mutex_unlock(&vault->lock);
    return current;
}

struct generation *vault_find(struct vault *vault, uint64_t number)
{
    const struct generation key = {.number = number};
    pthread_mutex_lock(&vault->lock);
    struct generation **found = tfind(&key, &vault->reachable, compare_generations);
    struct generation *generation = found == NULL ? NULL : generation_ref(*found);
    pthread_mutex_unlock(&vault->lock);
    return generation;
}

size_t vault_list(struct vault *vault, const char *identifier, uint64_t ret[static VAULT_RETIRED_MAX + 1])
{
    pthread_mutex_lock(&vault->lock);
    const struct set *set = find_set(vault, identifier);
    size_t count = set == NULL || set->current == NULL ? 0 : set->retired + 1, place = count;
    for (const struct retired *retired = vault->oldest; retired != NULL && place > 0; retired = retired->next)
        if (retired->set == set)
            ret[--place] = retired->generation->number;
    if (count > 0)
        ret[0] = set->current->number;
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

/* ---- changing: prepared without the lock, since only this thread writes ---- */

/* A generation on its way. Owns what it holds until it is swapped in. */
struct change {
    struct generation *next;
    struct material *previous;
    char *key_id;
    struct retired *slot; /* for the generation that is replaced */
};

static void change_done(struct change *change)
{
    generation_unref(change->next);
    material_unref(change->previous);
    free(change->key_id);
    free(change->slot);
}

static int prepare(const struct vault *vault, const struct set *set, const char *key_id, struct material *material,
                   struct moment now, struct change *ret, struct fault *f)
{
    ret->next = generation_new(vault->number + 1, now.wall, material);
    ret->previous = set->current == NULL ? NULL : material_ref(set->current->material);
    ret->key_id = strdup(key_id);
    ret->slot = malloc(sizeof(*ret->slot));
    return ret->next != NULL && ret->key_id != NULL && ret->slot != NULL ? 0 : fault_no_memory(f);
}

/* Nobody has its inode numbers yet, so it can be found but is not looked for. */
static int enter(struct vault *vault, const struct change *change, struct fault *f)
{
    pthread_mutex_lock(&vault->lock);
    bool entered = tsearch(change->next, &vault->reachable, compare_generations) != NULL;
    pthread_mutex_unlock(&vault->lock);
    return entered ? 0 : fault_no_memory(f);
}

static void leave(struct vault *vault, const struct change *change)
{
    pthread_mutex_lock(&vault->lock);
    tdelete(change->next, &vault->reachable, compare_generations);
    pthread_mutex_unlock(&vault->lock);
}

static int put_on_disk(struct vault *vault, const struct set *set, const struct change *change, struct fault *f)
{
    if (vault->archive == NULL)
        return 0;
    const struct record record = {.identifier = set->identifier,
                                  .key_id = change->key_id,
                                  .generation = change->next->number,
                                  .committed = change->next->committed,
                                  .current = change->next->material,
                                  .previous = change->previous};
    return archive_put(vault->archive, &record, set->current == NULL, f);
}

/* The moment of the change. Cannot fail: all memory is there. What it replaces is left in `change`. */
static void swap_in(struct vault *vault, struct set *set, struct change *change, struct moment now)
{
    pthread_mutex_lock(&vault->lock);
    struct material *previous = set->previous;
    char *key_id = set->key_id;
    if (set->current != NULL)
        retire(vault, set, now, TAKE(change->slot));
    set->current = TAKE(change->next);
    set->previous = change->previous;
    set->key_id = change->key_id;
    vault->number = set->current->number;
    change->previous = previous;
    change->key_id = key_id;
    pthread_mutex_unlock(&vault->lock);
}

/* On disk first, visible second. */
static int publish(struct vault *vault, struct set *set, const char *key_id, struct material *material,
                   struct moment now, struct commit *ret, struct fault *f)
{
    CLEANUP(change_done) struct change change = {.next = NULL};
    if (prepare(vault, set, key_id, material, now, &change, f) != 0 || enter(vault, &change, f) != 0)
        return -1;
    if (put_on_disk(vault, set, &change, f) != 0) {
        leave(vault, &change);
        return -1;
    }
    *ret = (struct commit){.changed = true, .generation = change.next->number};
    swap_in(vault, set, &change, now);
    return 0;
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

int vault_commit(struct vault *vault, const char *identifier, const char *key_id, struct material *material,
                 struct moment now, struct commit *ret, struct fault *f)
{
    const char *chosen;
    if (choose_key(vault, key_id, &chosen, f) != 0)
        return -1;
    struct set *set = open_set(vault, identifier);
    if (set == NULL)
        return fault_no_memory(f);
    if (set->current != NULL && strcmp(set->key_id, chosen) == 0 && material_equal(set->current->material, material)) {
        *ret = (struct commit){.changed = false, .generation = vault->number};
        return 0;
    }
    int result = publish(vault, set, chosen, material, now, ret, f);
    close_empty(vault, set);
    return result;
}

int vault_restore(struct vault *vault, const char *identifier, struct moment now, struct commit *ret, struct fault *f)
{
    struct set *set = find_set(vault, identifier);
    if (set == NULL || set->previous == NULL)
        return fault_set(f, REASON_NOT_FOUND, "", "there is no previous set to restore");
    CLEANUP(material_unrefp) struct material *previous = material_ref(set->previous);
    return publish(vault, set, set->key_id, previous, now, ret, f);
}

/* Out of sight and wiped, at once. */
static void forget(struct vault *vault, struct set *set)
{
    pthread_mutex_lock(&vault->lock);
    tdelete(set, &vault->sets, compare_sets);
    tdelete(set->current, &vault->reachable, compare_generations);
    material_revoke(set->current->material);
    if (set->previous != NULL)
        material_revoke(set->previous);
    for (struct retired **place = &vault->oldest; *place != NULL;) {
        if ((*place)->set != set) {
            place = &(*place)->next;
            continue;
        }
        material_revoke((*place)->generation->material);
        drop(vault, place);
    }
    vault->number++;
    pthread_mutex_unlock(&vault->lock);
    set_free(set);
}

int vault_remove(struct vault *vault, const char *identifier, struct commit *ret, struct fault *f)
{
    struct set *set = find_set(vault, identifier);
    /* What did not open is not served, and stays where it is. */
    if (set != NULL && vault->archive != NULL && archive_remove(vault->archive, identifier, vault->number + 1, f) != 0)
        return -1;
    if (set != NULL)
        forget(vault, set);
    *ret = (struct commit){.changed = set != NULL, .generation = vault->number};
    return 0;
}

/* ---- loading ---- */

int vault_adopt(struct vault *vault, const char *identifier, const char *key_id, struct generation *generation,
                struct material *previous, struct fault *f)
{
    struct set *set = open_set(vault, identifier);
    if (set == NULL)
        return fault_no_memory(f);
    set->key_id = strdup(key_id);
    struct generation **place =
        set->key_id == NULL ? NULL : tsearch(generation, &vault->reachable, compare_generations);
    if (place == NULL || *place != generation) {
        close_empty(vault, set);
        return place == NULL ? fault_no_memory(f)
                             : fault_set(f, REASON_STORE_FAILED, "", "another record has the same generation number");
    }
    set->current = generation_ref(generation);
    set->previous = previous == NULL ? NULL : material_ref(previous);
    if (generation->number > vault->number)
        vault->number = generation->number;
    return 0;
}

void vault_attach(struct vault *vault, struct archive *archive, uint64_t number)
{
    vault->archive = archive;
    if (number > vault->number)
        vault->number = number;
}

#include "core/vault.h"

#include <pthread.h>
#include <stdlib.h>

struct retired {
    struct generation *generation;
    int64_t since; /* steady seconds */
};

struct vault {
    pthread_mutex_t lock; /* over all below */
    uint64_t number;
    struct generation *current;
    struct material *previous;
    struct retired retired[VAULT_RETIRED_MAX]; /* oldest first */
    size_t retired_count;
};

int vault_new(struct vault **ret, struct fault *f)
{
    struct vault *vault = malloc(sizeof(*vault));
    if (vault == NULL)
        return fault_no_memory(f);
    *vault = (struct vault){.lock = PTHREAD_MUTEX_INITIALIZER};
    *ret = vault;
    return 0;
}

static void drop_oldest(struct vault *vault)
{
    generation_unref(vault->retired[0].generation);
    vault->retired_count--;
    for (size_t i = 0; i < vault->retired_count; i++)
        vault->retired[i] = vault->retired[i + 1];
}

static void retire_current(struct vault *vault, struct moment now)
{
    if (vault->current == NULL)
        return;
    if (vault->retired_count == VAULT_RETIRED_MAX)
        drop_oldest(vault);
    vault->retired[vault->retired_count++] = (struct retired){TAKE(vault->current), now.steady};
}

void vault_freep(struct vault **vault)
{
    struct vault *v = *vault;
    if (v == NULL)
        return;
    while (v->retired_count > 0)
        drop_oldest(v);
    generation_unref(v->current);
    material_unref(v->previous);
    pthread_mutex_destroy(&v->lock);
    free(v);
}

struct generation *vault_current(struct vault *vault)
{
    pthread_mutex_lock(&vault->lock);
    struct generation *current = vault->current == NULL ? NULL : generation_ref(vault->current);
    pthread_mutex_unlock(&vault->lock);
    return current;
}

static struct generation *find(const struct vault *vault, uint64_t number)
{
    if (vault->current != NULL && vault->current->number == number)
        return generation_ref(vault->current);
    for (size_t i = 0; i < vault->retired_count; i++)
        if (vault->retired[i].generation->number == number)
            return generation_ref(vault->retired[i].generation);
    return NULL;
}

struct generation *vault_find(struct vault *vault, uint64_t number)
{
    pthread_mutex_lock(&vault->lock);
    struct generation *generation = find(vault, number);
    pthread_mutex_unlock(&vault->lock);
    return generation;
}

uint64_t vault_number(struct vault *vault)
{
    pthread_mutex_lock(&vault->lock);
    uint64_t number = vault->number;
    pthread_mutex_unlock(&vault->lock);
    return number;
}

/* Makes `next` current; what was current becomes the previous material. Consumes the reference of `next`. */
static void replace(struct vault *vault, struct generation *next, struct moment now)
{
    pthread_mutex_lock(&vault->lock);
    struct material *unused = vault->previous;
    vault->previous = vault->current == NULL ? NULL : material_ref(vault->current->material);
    retire_current(vault, now);
    vault->current = next;
    vault->number = next->number;
    pthread_mutex_unlock(&vault->lock);
    material_unref(unused);
}

static int publish(struct vault *vault, struct material *material, struct moment now, struct commit *ret,
                   struct fault *f)
{
    struct generation *next = generation_new(vault->number + 1, now.wall, material);
    if (next == NULL)
        return fault_no_memory(f);
    *ret = (struct commit){.changed = true, .generation = next->number};
    replace(vault, next, now);
    return 0;
}

int vault_commit(struct vault *vault, struct material *material, struct moment now, struct commit *ret, struct fault *f)
{
    /* Only this thread writes, so it may look without the lock. */
    if (vault->current != NULL && material_equal(vault->current->material, material)) {
        *ret = (struct commit){.changed = false, .generation = vault->number};
        return 0;
    }
    return publish(vault, material, now, ret, f);
}

int vault_restore(struct vault *vault, struct moment now, struct commit *ret, struct fault *f)
{
    if (vault->previous == NULL)
        return fault_set(f, REASON_NOT_FOUND, "", "there is no previous set to restore");
    struct material *previous = material_ref(vault->previous);
    int result = publish(vault, previous, now, ret, f);
    material_unref(previous);
    return result;
}

void vault_remove(struct vault *vault, struct commit *ret)
{
    pthread_mutex_lock(&vault->lock);
    struct generation *current = TAKE(vault->current);
    struct material *previous = TAKE(vault->previous);
    if (current != NULL) {
        material_revoke(current->material);
        vault->number++;
    }
    if (previous != NULL)
        material_revoke(previous);
    for (; vault->retired_count > 0; drop_oldest(vault))
        material_revoke(vault->retired[0].generation->material);
    *ret = (struct commit){.changed = current != NULL, .generation = vault->number};
    pthread_mutex_unlock(&vault->lock);
    generation_unref(current);
    material_unref(previous);
}

int vault_expire(struct vault *vault, struct moment now)
{
    pthread_mutex_lock(&vault->lock);
    while (vault->retired_count > 0 && now.steady - vault->retired[0].since >= VAULT_RETIRED_SECONDS)
        drop_oldest(vault);
    int64_t left = vault->retired_count == 0 ? -1 : vault->retired[0].since + VAULT_RETIRED_SECONDS - now.steady;
    pthread_mutex_unlock(&vault->lock);
    return (int)left;
}

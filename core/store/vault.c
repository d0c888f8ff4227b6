#include "core/store/vault.h"

#include <pthread.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "core/store/vault_file.h"

/* A record, by the slot that makes it valid. */
struct vault_entry {
    struct vault_slot slot;
    size_t index;
};

struct vault {
    struct vault_file file;
    pthread_mutex_t lock; /* over all */
    void *tree;           /* of struct vault_entry: tsearch(3) */
    size_t retired_bytes;
};

static int vault_compare(const void *a, const void *b)
{
    const struct vault_slot *left = &((const struct vault_entry *)a)->slot,
                            *right = &((const struct vault_entry *)b)->slot;
    if (left->kind != right->kind)
        return left->kind < right->kind ? -1 : 1;
    if (left->kind == VAULT_CURRENT)
        return strcmp(left->name, right->name);
    return left->number < right->number ? -1 : left->number > right->number;
}

static struct vault_entry *vault_find(struct vault *vault, const struct vault_slot *key)
{
    const struct vault_entry wanted = {.slot = *key};
    struct vault_entry **found = tfind(&wanted, &vault->tree, vault_compare);
    return found == NULL ? NULL : *found;
}

static struct vault_slot vault_key_of(const char *name)
{
    struct vault_slot key = {.kind = VAULT_CURRENT};
    memcpy(key.name, name, strnlen(name, DIR_STORE_NAME_SIZE - 1));
    return key;
}

static void vault_count(struct vault *vault, const struct vault_slot *slot, int sign)
{
    if (slot->kind == VAULT_RETIRED)
        vault->retired_bytes += (size_t)sign * slot->length;
}

/* Removes and wipes it. */
static void vault_drop(struct vault *vault, struct vault_entry *entry)
{
    tdelete(entry, &vault->tree, vault_compare);
    vault_count(vault, &entry->slot, -1);
    vault_file_drop(&vault->file, entry->index, &entry->slot);
    free(entry);
}

/* A newer record of the same key stands in its place from now on. */
static void vault_renew(struct vault *vault, struct vault_entry *entry, size_t index, const struct vault_slot *slot)
{
    const struct vault_entry older = *entry;
    *entry = (struct vault_entry){.slot = *slot, .index = index};
    vault_count(vault, &older.slot, -1);
    vault_count(vault, slot, 1);
    vault_file_drop(&vault->file, older.index, &older.slot);
}

/* NULL: no memory. */
static struct vault_entry *vault_add(struct vault *vault, size_t index, const struct vault_slot *slot)
{
    struct vault_entry *entry = malloc(sizeof(*entry));
    if (entry == NULL)
        return NULL;
    *entry = (struct vault_entry){.slot = *slot, .index = index};
    if (tsearch(entry, &vault->tree, vault_compare) != NULL)
        return entry;
    free(entry);
    return NULL;
}

/* A slot that is valid; of two with one key the newer one stays. -1: no memory. */
static int vault_adopt(void *context, size_t index, const struct vault_slot *slot)
{
    struct vault *vault = context;
    struct vault_entry *older = vault_find(vault, slot);
    if (older != NULL && older->slot.sequence > slot->sequence)
        vault_file_drop(&vault->file, index, slot);
    else if (older != NULL)
        vault_renew(vault, older, index, slot);
    else if (vault_add(vault, index, slot) == NULL)
        return -1;
    else
        vault_count(vault, slot, 1);
    return 0;
}

int vault_open(int fd, struct vault **ret, struct fault *f)
{
    CLEANUP(vault_freep) struct vault *vault = calloc(1, sizeof(*vault));
    if (vault == NULL)
        return fault_no_memory(f);
    pthread_mutex_init(&vault->lock, NULL);
    if (vault_file_open(fd, vault_adopt, vault, &vault->file, f) != 0)
        return -1;
    *ret = TAKE(vault);
    return 0;
}

void vault_freep(struct vault **vault)
{
    if (*vault == NULL)
        return;
    tdestroy((*vault)->tree, free);
    vault_file_close(&(*vault)->file);
    pthread_mutex_destroy(&(*vault)->lock);
    free(*vault);
}

/* With the lock held. The tree has its place before the slot is written. */
static int vault_write_new(struct vault *vault, struct vault_slot *slot, struct span record, struct fault *f)
{
    struct vault_entry *entry = vault_add(vault, 0, slot);
    if (entry == NULL)
        return fault_no_memory(f);
    if (vault_file_write(&vault->file, slot, record, &entry->index, f) != 0) {
        tdelete(entry, &vault->tree, vault_compare);
        free(entry);
        return -1;
    }
    entry->slot = *slot;
    vault_count(vault, slot, 1);
    return 0;
}

/* With the lock held. An older record of the same key stays unless this one is there. */
static int vault_write(struct vault *vault, struct vault_slot *slot, struct span record, struct fault *f)
{
    struct vault_entry *older = vault_find(vault, slot);
    size_t index;
    if (older == NULL)
        return vault_write_new(vault, slot, record, f);
    if (vault_file_write(&vault->file, slot, record, &index, f) != 0)
        return -1;
    vault_renew(vault, older, index, slot);
    return 0;
}

/* ---- by name ---- */

int vault_put(struct vault *vault, const char *name, struct span record, uint64_t number, struct fault *f)
{
    struct vault_slot slot = vault_key_of(name);
    pthread_mutex_lock(&vault->lock);
    int result = vault_file_raise_mark(&vault->file, number, f);
    if (result == 0)
        result = vault_write(vault, &slot, record, f);
    pthread_mutex_unlock(&vault->lock);
    return result;
}

bool vault_remove(struct vault *vault, const char *name)
{
    const struct vault_slot key = vault_key_of(name);
    pthread_mutex_lock(&vault->lock);
    struct vault_entry *entry = vault_find(vault, &key);
    if (entry != NULL)
        vault_drop(vault, entry);
    pthread_mutex_unlock(&vault->lock);
    return entry != NULL;
}

/* Copies the slot of a record; false if there is none. */
static bool vault_look(struct vault *vault, const struct vault_slot *key, struct vault_slot *ret)
{
    pthread_mutex_lock(&vault->lock);
    const struct vault_entry *entry = vault_find(vault, key);
    if (entry != NULL)
        *ret = entry->slot;
    pthread_mutex_unlock(&vault->lock);
    return entry != NULL;
}

bool vault_has(struct vault *vault, const char *name)
{
    struct vault_slot key = vault_key_of(name);
    return vault_look(vault, &key, &key);
}

static int vault_read(struct vault *vault, const struct vault_slot *key, struct buf *ret, struct fault *f)
{
    pthread_mutex_lock(&vault->lock);
    const struct vault_entry *entry = vault_find(vault, key);
    int result = entry == NULL ? fault_set(f, REASON_NOT_FOUND, "", "the record is missing")
                               : vault_file_read(&vault->file, &entry->slot, ret, f);
    pthread_mutex_unlock(&vault->lock);
    return result;
}

int vault_get(struct vault *vault, const char *name, struct buf *ret, struct fault *f)
{
    const struct vault_slot key = vault_key_of(name);
    return vault_read(vault, &key, ret, f);
}

int vault_stamp(struct vault *vault, const char *name, struct stamp *ret, struct fault *f)
{
    struct vault_slot slot = vault_key_of(name);
    *ret = (struct stamp){.inode = 0};
    if (!vault_look(vault, &slot, &slot))
        return fault_set(f, REASON_NOT_FOUND, "", "the record is missing");
    *ret = (struct stamp){.inode = slot.sequence, .size = (off_t)slot.length};
    return 0;
}

/* The names as they were: what is visited may change the vault. */
struct names {
    char (*names)[DIR_STORE_NAME_SIZE];
    size_t count, capacity;
};

static void vault_add_name(const void *node, VISIT when, void *context)
{
    const struct vault_entry *entry = *(struct vault_entry *const *)node;
    struct names *names = context;
    if ((when != postorder && when != leaf) || entry->slot.kind != VAULT_CURRENT)
        return;
    if (names->count < names->capacity)
        memcpy(names->names[names->count], entry->slot.name, DIR_STORE_NAME_SIZE);
    names->count++;
}

static int vault_list_names(struct vault *vault, struct names *ret, struct fault *f)
{
    struct names counted = {.count = 0};
    pthread_mutex_lock(&vault->lock);
    twalk_r(vault->tree, vault_add_name, &counted);
    ret->capacity = counted.count;
    ret->names = calloc(counted.count + 1, sizeof(ret->names[0]));
    if (ret->names != NULL)
        twalk_r(vault->tree, vault_add_name, ret);
    pthread_mutex_unlock(&vault->lock);
    return ret->names != NULL ? 0 : fault_no_memory(f);
}

int vault_each(struct vault *vault, int (*visit)(void *context, const char *name), void *context, struct fault *f)
{
    struct names names = {.count = 0};
    int result = vault_list_names(vault, &names, f);
    for (size_t i = 0; i < names.count && result == 0; i++)
        result = visit(context, names.names[i]);
    free(names.names);
    return result;
}

uint64_t vault_mark(struct vault *vault)
{
    pthread_mutex_lock(&vault->lock);
    uint64_t mark = vault->file.mark;
    pthread_mutex_unlock(&vault->lock);
    return mark;
}

int vault_raise_mark(struct vault *vault, uint64_t number, struct fault *f)
{
    pthread_mutex_lock(&vault->lock);
    int result = vault_file_raise_mark(&vault->file, number, f);
    pthread_mutex_unlock(&vault->lock);
    return result;
}

/* ---- by number ---- */

static struct vault_slot vault_key_of_number(uint64_t number)
{
    return (struct vault_slot){.kind = VAULT_RETIRED, .number = number};
}

/* Those that are wanted, the lowest numbers first. */
struct wanted {
    uint64_t after;
    const char *name; /* NULL: of any name */
    struct vault_retired *found;
    size_t count, limit;
};

static void vault_add_retired(const void *node, VISIT when, void *context)
{
    const struct vault_slot *slot = &(*(struct vault_entry *const *)node)->slot;
    struct wanted *wanted = context;
    if ((when != postorder && when != leaf) || slot->kind != VAULT_RETIRED || slot->number <= wanted->after ||
        wanted->count == wanted->limit || (wanted->name != NULL && strcmp(wanted->name, slot->name) != 0))
        return;
    struct vault_retired *found = &wanted->found[wanted->count++];
    found->number = slot->number;
    found->since = slot->since;
    memcpy(found->name, slot->name, sizeof(found->name));
}

/* With the lock held. */
static size_t vault_list(struct vault *vault, uint64_t after, const char *name, struct vault_retired *ret, size_t limit)
{
    struct wanted wanted = {.after = after, .name = name, .found = ret, .limit = limit};
    twalk_r(vault->tree, vault_add_retired, &wanted);
    return wanted.count;
}

size_t vault_list_retired(struct vault *vault, uint64_t after, struct vault_retired ret[static VAULT_LISTED])
{
    pthread_mutex_lock(&vault->lock);
    size_t count = vault_list(vault, after, NULL, ret, VAULT_LISTED);
    pthread_mutex_unlock(&vault->lock);
    return count;
}

/* With the lock held. */
static void vault_drop_number(struct vault *vault, uint64_t number)
{
    const struct vault_slot key = vault_key_of_number(number);
    struct vault_entry *entry = vault_find(vault, &key);
    if (entry != NULL)
        vault_drop(vault, entry);
}

int vault_retire(struct vault *vault, const struct vault_retired *retired, struct span record, struct fault *f)
{
    struct vault_slot slot = vault_key_of_number(retired->number);
    struct vault_retired oldest;
    slot.since = retired->since;
    memcpy(slot.name, retired->name, sizeof(slot.name));
    if (record.len > VAULT_RETIRED_BYTES)
        return fault_set(f, REASON_STORE_FAILED, "", "the record is too large to be kept");
    pthread_mutex_lock(&vault->lock);
    while (vault->retired_bytes > VAULT_RETIRED_BYTES - record.len && vault_list(vault, 0, NULL, &oldest, 1) == 1)
        vault_drop_number(vault, oldest.number);
    int result = vault_write(vault, &slot, record, f);
    pthread_mutex_unlock(&vault->lock);
    return result;
}

int vault_get_retired(struct vault *vault, uint64_t number, struct buf *ret, struct fault *f)
{
    const struct vault_slot key = vault_key_of_number(number);
    return vault_read(vault, &key, ret, f);
}

void vault_drop_retired(struct vault *vault, uint64_t number)
{
    pthread_mutex_lock(&vault->lock);
    vault_drop_number(vault, number);
    pthread_mutex_unlock(&vault->lock);
}

void vault_drop_retired_of(struct vault *vault, const char *name)
{
    struct vault_retired one;
    pthread_mutex_lock(&vault->lock);
    while (vault_list(vault, 0, name, &one, 1) == 1)
        vault_drop_number(vault, one.number);
    pthread_mutex_unlock(&vault->lock);
}

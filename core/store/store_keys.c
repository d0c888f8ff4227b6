#include "core/store/store_keys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/base/fault.h"
#include "core/base/text.h"
#include "core/store/kek.h"
#include "core/store/keyring.h"
#include "core/store/store.h"
#include "core/store/store_state.h"

enum { KEYS_PATH_SHOWN = 44 };

bool store_has_keys(const struct store *store)
{
    return !store->in_memory;
}

bool store_has_key(const struct store *store, const char *key_id)
{
    CLEANUP(buf_done) struct buf key = {0};
    struct fault ignored = {.reason = REASON_NONE};
    return store_has_keys(store) && kek_load(&store->keys, key_id, &key, NULL, &ignored) == 0;
}

/* Replaces the fault of a missing key by one that names the place, and what to do. */
static int store_refuse_missing(const struct store *store, const char *key_id, const char *remedy, struct fault *f)
{
    char what[FAULT_MESSAGE_SIZE];
    if (f->os_errno != ENOENT || store->keys_path == NULL)
        return -1;
    const char *directory = text_whole(store->keys_path, KEYS_PATH_SHOWN, "the directory of keys");
    snprintf(what, sizeof(what), "is missing%s%s%s", store->keys.directory < 0 ? ", and so is " : " in ", directory,
             remedy);
    fault_clear(f);
    kek_refuse(key_id, what, f);
    f->os_errno = ENOENT;
    return -1;
}

int store_load_known_key(const struct store *store, const char *key_id, struct buf *ret, struct stat *ret_facts,
                         struct fault *f)
{
    struct fault ignored = {.reason = REASON_NONE};
    struct stat facts;
    if (kek_load(&store->keys, key_id, ret, ret_facts, f) == 0)
        return 0;
    if (!store->taken_over ||
        kek_load_kept(&store->keys, key_id, ret, ret_facts != NULL ? ret_facts : &facts, &ignored) != 0)
        return store_refuse_missing(store, key_id, "", f);
    fault_clear(f);
    return 0;
}

/* If allocation fails, another key under this name is not noticed; the record is good all the same. */
void store_know_key(struct store *store, const char *key_id, struct span key)
{
    struct fault ignored = {.reason = REASON_NONE};
    (void)!keyring_learn(&store->keyring, key_id, key, &ignored);
}

/* A key that is missing and was there before has to be put back: another one of its name would not open records. */
int store_load_key(const struct store *store, const char *key_id, struct buf *ret, struct fault *f)
{
    static const char remedy[] = "; put it back";
    if (store->in_memory)
        return buf_append(ret, (struct span){store->vault_key, KEK_SIZE}, f);
    if (strcmp(key_id, store->default_id) == 0)
        return kek_load(&store->keys, key_id, ret, NULL, f) == 0 ? 0 : store_refuse_missing(store, key_id, remedy, f);
    if (kek_load_named(&store->keys, key_id, ret, f) == 0)
        return 0;
    return keyring_has(&store->keyring, key_id) ? store_refuse_missing(store, "that KmsKeyId names", remedy, f) : -1;
}

int store_check_key(const struct store *store, const char *key_id, struct span key, unsigned how, struct fault *f)
{
    if (store->in_memory || (how & STORE_ANY_KEY) != 0 || !keyring_differs(&store->keyring, key_id, key))
        return 0;
    fault_set(f, REASON_KEY_NOT_ACCESSIBLE, "KmsKeyId",
              "the key-encryption key was replaced since it sealed other sets: put it back, or certfs --new-key OTHER");
    f->os_errno = ESTALE;
    return -1;
}

int store_load_opening_key(struct store *store, const char *key_id, struct buf *ret, struct fault *f)
{
    if (store->in_memory)
        return buf_append(ret, (struct span){store->vault_key, KEK_SIZE}, f);
    if (store->last_key.len > 0 && strcmp(store->last_id, key_id) == 0)
        return buf_append(ret, buf_span(&store->last_key), f);
    if (store_load_known_key(store, key_id, ret, NULL, f) != 0)
        return -1;
    if (!store->opens_many)
        return 0;
    buf_done(&store->last_key);
    snprintf(store->last_id, sizeof(store->last_id), "%s", key_id);
    return buf_append(&store->last_key, buf_span(ret), f);
}

void store_check_keys(struct store *store, store_key_use *is_used, store_key_visit *visit, void *context)
{
    struct keyring_key *next;
    for (struct keyring_key *key = SLIST_FIRST(&store->keyring); key != NULL; key = next) {
        struct fault fault = {.reason = REASON_NONE};
        next = SLIST_NEXT(key, next);
        bool good = keyring_check(key, &store->keys, &fault) == 0;
        if (fault.os_errno == ETIMEDOUT)
            return; /* not known */
        if (good || is_used(context, key->id) ||
            (fault.os_errno != ESTALE && strcmp(key->id, store->default_id) == 0)) {
            visit(context, key->id, good ? NULL : &fault);
            continue;
        }
        visit(context, key->id, NULL);
        keyring_forget(&store->keyring, key);
    }
}

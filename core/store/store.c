#include "core/store/store.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "core/about/identifier.h"
#include "core/about/tags.h"
#include "core/base/buf.h"
#include "core/base/stamp.h"
#include "core/base/text.h"
#include "core/set/generation.h"
#include "core/store/kek.h"
#include "core/store/keyring.h"
#include "core/store/mark.h"
#include "core/store/seal.h"
#include "core/store/standing.h"

enum { KEYS_PATH_SHOWN = 44 };

struct store {
    struct dir_store *dir;
    struct kek_source keys; /* the directory is owned */
    const char *keys_path;
    const char *default_id;
    bool on_one_device;
    struct keyring keyring;
};

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

/* Loads a key that the options or a record name; the report of its fault has the remedy if it is missing. */
static int store_load_known_key(const struct store *store, const char *key_id, struct buf *ret, struct stat *ret_facts,
                                struct fault *f)
{
    return kek_load(&store->keys, key_id, ret, ret_facts, f) == 0 ? 0 : store_refuse_missing(store, key_id, "", f);
}

static int store_check_default_key(struct store *store, struct fault *f)
{
    CLEANUP(buf_done) struct buf key = {0};
    struct stat facts;
    if (store_load_known_key(store, store->default_id, &key, &facts, f) != 0)
        return -1;
    store->on_one_device = facts.st_dev == dir_store_device(store->dir);
    return keyring_learn(&store->keyring, store->default_id, buf_span(&key), f);
}

static void store_set_host(struct store *store, const struct store_place *place)
{
    const struct store_host *host = place->host;
    if (host == NULL) {
        dir_store_stands_at(store->dir, place->store_path);
        return;
    }
    store->keys.open = host->open_key;
    store->keys.look = host->look_key;
    store->keys.context = host->context;
    store->keys.process = host->process;
    const struct standing_host found = {host->find_store, host->context, host->process, host->hands_over};
    dir_store_is_found_by(store->dir, &found);
}

int store_open(const struct store_place *place, struct store **ret, struct fault *f)
{
    CLEANUP(store_freep) struct store *store = malloc(sizeof(*store));
    if (store == NULL)
        return fault_no_memory(f);
    *store = (struct store){
        .keys.directory = place->keys_fd, .keys_path = place->keys_path, .default_id = place->default_id};
    if (dir_store_open(place->store_fd, place->taken_over, &store->dir, f) != 0)
        return -1;
    store_set_host(store, place);
    if (store_check_default_key(store, f) != 0)
        return -1;
    *ret = TAKE(store);
    return 0;
}

void store_freep(struct store **store)
{
    if (*store == NULL)
        return;
    dir_store_freep(&(*store)->dir);
    keyring_done(&(*store)->keyring);
    close_fd(&(*store)->keys.directory);
    free(*store);
}

int store_settle(struct store *store, struct fault *f)
{
    return dir_store_settle(store->dir, f);
}

const char *store_default_id(const struct store *store)
{
    return store->default_id;
}

bool store_has_key(const struct store *store, const char *key_id)
{
    CLEANUP(buf_done) struct buf key = {0};
    struct fault ignored = {.reason = REASON_NONE};
    return kek_load(&store->keys, key_id, &key, NULL, &ignored) == 0;
}

bool store_is_on_one_device(const struct store *store)
{
    return store->on_one_device;
}

/*
 * The one way from a set to its record: the SHA-256 of its identifier. Names that differ in the case of letters alone
 * are one set's, so they are one file's.
 */
void store_name(const char *identifier, char ret[static DIR_STORE_NAME_SIZE])
{
    unsigned char folded[IDENTIFIER_MAX + 1], digest[EVP_MAX_MD_SIZE] = {0};
    const size_t length = strnlen(identifier, IDENTIFIER_MAX);
    for (size_t i = 0; i < length; i++)
        folded[i] = (unsigned char)tolower((unsigned char)identifier[i]);
    EVP_Digest(folded, length, digest, NULL, EVP_sha256(), NULL);
    span_hex((struct span){digest, sizeof(digest)}, ret, DIR_STORE_NAME_SIZE);
}

bool store_is_root(const char *name)
{
    char root[DIR_STORE_NAME_SIZE];
    store_name("", root);
    return strcmp(name, root) == 0;
}

/* A record that cannot be opened again must not replace one that can. */
static int store_check_sealed(struct span sealed, struct span key, const char *id, struct span text, struct fault *f)
{
    CLEANUP(buf_done) struct buf opened = {0};
    if (seal_open(sealed, key, id, &opened, f) != 0)
        return -1;
    if (!span_equal(buf_span(&opened), text))
        return fault_set(f, REASON_STORE_FAILED, "", "the record does not open to what was sealed");
    return 0;
}

/* If allocation fails, another key under this name is not noticed; the record is good all the same. */
static void store_know_key(struct store *store, const char *key_id, struct span key)
{
    struct fault ignored = {.reason = REASON_NONE};
    (void)!keyring_learn(&store->keyring, key_id, key, &ignored);
}

/* A key that is missing and was there before has to be put back: another one of its name would not open records. */
static int store_load_key(const struct store *store, const char *key_id, struct buf *ret, struct fault *f)
{
    static const char remedy[] = "; put it back";
    if (strcmp(key_id, store->default_id) == 0)
        return kek_load(&store->keys, key_id, ret, NULL, f) == 0 ? 0 : store_refuse_missing(store, key_id, remedy, f);
    if (kek_load_named(&store->keys, key_id, ret, f) == 0)
        return 0;
    return keyring_has(&store->keyring, key_id) ? store_refuse_missing(store, "that KmsKeyId names", remedy, f) : -1;
}

/* Refuses a second key of one name: after a restart, records that the first one sealed would not be served. */
static int store_check_key(const struct store *store, const char *key_id, struct span key, unsigned how,
                           struct fault *f)
{
    if ((how & STORE_ANY_KEY) != 0 || !keyring_differs(&store->keyring, key_id, key))
        return 0;
    fault_set(f, REASON_KEY_NOT_ACCESSIBLE, "KmsKeyId",
              "the key-encryption key was replaced since it sealed other sets: put it back, or certfs --new-key OTHER");
    f->os_errno = ESTALE;
    return -1;
}

int store_put(struct store *store, const struct record *record, unsigned how, struct fault *f)
{
    CLEANUP(buf_done) struct buf key = {0}, text = {0}, sealed = {0};
    char name[DIR_STORE_NAME_SIZE];
    const char *key_id = record->generation->key_id;
    if (store_load_key(store, key_id, &key, f) != 0 || store_check_key(store, key_id, buf_span(&key), how, f) != 0)
        return -1;
    if (record_write(record, &text, f) != 0)
        return -1;
    if (seal_close(buf_span(&text), buf_span(&key), key_id, &sealed, f) != 0 ||
        store_check_sealed(buf_span(&sealed), buf_span(&key), key_id, buf_span(&text), f) != 0)
        return -1;
    store_name(record->generation->resource->identifier, name);
    const uint64_t number = record->generation->number;
    int result = (how & STORE_FIRST) != 0 ? dir_store_put_aside(store->dir, name, buf_span(&sealed), number, f)
                                          : dir_store_put(store->dir, name, buf_span(&sealed), number, f);
    if (result == 0)
        store_know_key(store, key_id, buf_span(&key));
    return result;
}

int store_stamp(const struct store *store, const char *identifier, struct stamp *ret, struct fault *f)
{
    char name[DIR_STORE_NAME_SIZE];
    store_name(identifier, name);
    return dir_store_stamp(store->dir, name, ret, f);
}

bool store_has(const struct store *store, const char *identifier)
{
    return dir_store_is_in_place(store->dir) && store_has_record(store, identifier);
}

bool store_has_record(const struct store *store, const char *identifier)
{
    char name[DIR_STORE_NAME_SIZE];
    store_name(identifier, name);
    return dir_store_has(store->dir, name);
}

int store_has_any(const struct store *store, const char *identifier, bool *ret, struct fault *f)
{
    char name[DIR_STORE_NAME_SIZE];
    store_name(identifier, name);
    return dir_store_has_any(store->dir, name, ret, f);
}

/* Neither a full disk nor a STORE that was deleted is a reason to keep a key that must go. */
static bool store_may_be_ignored(const struct fault *fault)
{
    return fault->os_errno == ENOSPC || fault->os_errno == EDQUOT || fault->os_errno == ENOENT;
}

/* The mark first, so that no number is given twice. */
int store_remove(struct store *store, const char *identifier, uint64_t number, bool *ret_missing, struct fault *f)
{
    char name[DIR_STORE_NAME_SIZE];
    struct fault full = {.reason = REASON_NONE};
    enum store_removed removed;
    store_name(identifier, name);
    bool marked = dir_store_raise_mark(store->dir, number, &full) == 0;
    if (!marked && !store_may_be_ignored(&full)) {
        *f = full;
        return -1;
    }
    if (dir_store_remove(store->dir, name, &removed, f) != 0)
        return -1;
    *ret_missing = removed != DIR_STORE_REMOVED_RECORD;
    fault_clear(&full);
    if (!marked) /* there may be room now; else the next import raises the mark */
        (void)!dir_store_raise_mark(store->dir, number, &full);
    return 0;
}

struct mark store_mark(const struct store *store)
{
    return dir_store_mark(store->dir);
}

int store_raise_mark(struct store *store, uint64_t number, struct fault *f)
{
    return dir_store_raise_mark(store->dir, number, f);
}

/* A record under another set's name is not that set's: two files were swapped, or one copied. */
static int store_check_name(const char *name, const struct record_text *record, struct fault *f)
{
    char identifier[IDENTIFIER_MAX + 1] = "", expected[DIR_STORE_NAME_SIZE];
    const struct buf *given = &record->identifier;
    if (given->len > 0 && identifier_check(buf_span(given), "CertificateIdentifier", f) != 0)
        return -1;
    if (given->len > 0)
        memcpy(identifier, given->data, given->len);
    store_name(identifier, expected);
    if (strcmp(name, expected) != 0)
        return fault_set(f, REASON_STORE_FAILED, "", "the record belongs to another set than its file's name");
    return 0;
}

static int store_open_record(struct store *store, const char *name, struct store_opened *ret, struct fault *f)
{
    CLEANUP(buf_done) struct buf sealed = {0}, key = {0};
    if (dir_store_get(store->dir, name, &sealed, f) != 0 || seal_key_id(buf_span(&sealed), ret->key_id, f) != 0 ||
        store_load_known_key(store, ret->key_id, &key, NULL, f) != 0)
        return -1;
    if (seal_open(buf_span(&sealed), buf_span(&key), ret->key_id, &ret->text, f) != 0)
        return -1;
    if (!keyring_differs(&store->keyring, ret->key_id, buf_span(&key)))
        store_know_key(store, ret->key_id, buf_span(&key));
    return record_parse(buf_span(&ret->text), &ret->record, f) == 0 ? store_check_name(name, &ret->record, f) : -1;
}

static void store_opened_done(struct store_opened *opened)
{
    buf_done(&opened->text);
    record_done(&opened->record);
}

int store_verify(struct store *store, const struct generation *generation, const struct tags *tags, struct fault *f)
{
    CLEANUP(store_opened_done) struct store_opened opened = {.key_id = ""};
    CLEANUP(tags_unrefp) struct tags *stored = NULL;
    char name[DIR_STORE_NAME_SIZE];
    store_name(generation->resource->identifier, name);
    if (store_open_record(store, name, &opened, f) != 0 || record_tags(&opened.record, &stored, f) != 0)
        return -1;
    if (opened.record.generation != generation->number || strcmp(opened.key_id, generation->key_id) != 0 ||
        !tags_equal(stored, tags))
        return fault_set(f, REASON_STORE_FAILED, "", "the record is another one than that of what is served");
    return 0;
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

struct visiting {
    struct store *store;
    store_visit *visit;
    void *context;
};

static int store_visit_name(void *context, const char *name)
{
    const struct visiting *v = context;
    CLEANUP(store_opened_done) struct store_opened opened = {.key_id = ""};
    struct fault fault = {.reason = REASON_NONE};
    bool good = store_open_record(v->store, name, &opened, &fault) == 0;
    return v->visit(v->context, name, &opened, good ? NULL : &fault);
}

int store_each(struct store *store, store_visit *visit, void *context, struct fault *f)
{
    struct visiting v = {.store = store, .visit = visit, .context = context};
    return dir_store_each(store->dir, store_visit_name, &v, f);
}

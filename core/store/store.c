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
#include "core/set/generation.h"
#include "core/store/keyring.h"
#include "core/store/mark.h"
#include "core/store/records.h"
#include "core/store/seal.h"
#include "core/store/standing.h"
#include "core/store/store_keys.h"
#include "core/store/store_state.h"
#include "core/store/vault.h"

/* In the place of an identifier: the key that seals a store in memory has none. */
static const char vault_id[] = "vault";

static int store_check_default_key(struct store *store, struct fault *f)
{
    CLEANUP(buf_done) struct buf key = {0};
    struct stat facts;
    if (store_load_known_key(store, store->default_id, &key, &facts, f) != 0)
        return -1;
    store->on_one_device = facts.st_dev == dir_store_device(store->records.dir);
    return keyring_learn(&store->keyring, store->default_id, buf_span(&key), f);
}

static void store_set_host(struct store *store, const struct store_place *place)
{
    const struct store_host *host = place->host;
    if (host == NULL) {
        dir_store_stands_at(store->records.dir, place->store_path);
        return;
    }
    store->keys.open = host->open_key;
    store->keys.open_kept = host->open_kept_key;
    store->keys.look = host->look_key;
    store->keys.context = host->context;
    store->keys.process = host->process;
    const struct standing_host found = {host->find_store, host->context, host->process, host->hands_over};
    dir_store_is_found_by(store->records.dir, &found);
}

static int store_open_directory(struct store *store, const struct store_place *place, struct fault *f)
{
    struct dir_store *dir;
    if (dir_store_open(place->store_fd, place->taken_over, &dir, f) != 0)
        return -1;
    store->records = records_of_directory(dir);
    store_set_host(store, place);
    return store_check_default_key(store, f);
}

/* In a vault alone. */
static int store_open_memory(struct store *store, struct fault *f)
{
    if (store->vault == NULL || store->vault_key == NULL)
        return fault_set(f, REASON_STORE_FAILED, "", "there is no memory for sealed records");
    store->in_memory = true;
    store->default_id = "";
    store->records = records_of_vault(store->vault);
    return 0;
}

int store_open(const struct store_place *place, struct store **ret, struct fault *f)
{
    CLEANUP(store_freep) struct store *store = malloc(sizeof(*store));
    if (store == NULL)
        return fault_no_memory(f);
    *store = (struct store){.keys.directory = place->keys_fd,
                            .keys_path = place->keys_path,
                            .default_id = place->default_id,
                            .taken_over = place->taken_over,
                            .vault_key = place->vault_key};
    if (place->vault_fd > 0 && vault_open(place->vault_fd, &store->vault, f) != 0)
        return -1;
    if ((place->store_fd < 0 ? store_open_memory(store, f) : store_open_directory(store, place, f)) != 0)
        return -1;
    *ret = TAKE(store);
    return 0;
}

void store_freep(struct store **store)
{
    if (*store == NULL)
        return;
    records_done(&(*store)->records);
    vault_freep(&(*store)->vault);
    keyring_done(&(*store)->keyring);
    buf_done(&(*store)->last_key);
    close_fd(&(*store)->keys.directory);
    free(*store);
}

int store_settle(struct store *store, struct fault *f)
{
    return records_settle(&store->records, f);
}

const char *store_default_id(const struct store *store)
{
    return store->default_id;
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

/* The text as it is stored. */
static int store_seal(const struct store *store, const char *key_id, struct span key, struct span text, struct buf *ret,
                      struct fault *f)
{
    const char *id = store->in_memory ? vault_id : key_id;
    return seal_close(text, key, id, ret, f) == 0 ? store_check_sealed(buf_span(ret), key, id, text, f) : -1;
}

int store_put(struct store *store, const struct record *record, unsigned how, struct fault *f)
{
    CLEANUP(buf_done) struct buf key = {0}, text = {0}, sealed = {0};
    char name[DIR_STORE_NAME_SIZE];
    const char *key_id = record->generation->key_id;
    if (store_load_key(store, key_id, &key, f) != 0 || store_check_key(store, key_id, buf_span(&key), how, f) != 0)
        return -1;
    if (record_write(record, &text, f) != 0 ||
        store_seal(store, key_id, buf_span(&key), buf_span(&text), &sealed, f) != 0)
        return -1;
    store_name(record->generation->resource->identifier, name);
    int result =
        records_put(&store->records, name, buf_span(&sealed), record->generation->number, (how & STORE_FIRST) != 0, f);
    if (result == 0 && !store->in_memory)
        store_know_key(store, key_id, buf_span(&key));
    return result;
}

int store_stamp(const struct store *store, const char *identifier, struct stamp *ret, struct fault *f)
{
    char name[DIR_STORE_NAME_SIZE];
    store_name(identifier, name);
    return records_stamp(&store->records, name, ret, f);
}

bool store_has(const struct store *store, const char *identifier)
{
    return records_are_in_place(&store->records) && store_has_record(store, identifier);
}

bool store_has_record(const struct store *store, const char *identifier)
{
    char name[DIR_STORE_NAME_SIZE];
    store_name(identifier, name);
    return records_have(&store->records, name);
}

int store_has_any(const struct store *store, const char *identifier, bool *ret, struct fault *f)
{
    char name[DIR_STORE_NAME_SIZE];
    store_name(identifier, name);
    return records_have_any(&store->records, name, ret, f);
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
    if (store->vault != NULL) /* holds it as long as another process follows, if the disk cannot */
        (void)!vault_raise_mark(store->vault, number, &(struct fault){.reason = REASON_NONE});
    bool marked = records_raise_mark(&store->records, number, &full) == 0;
    if (!marked && !store_may_be_ignored(&full)) {
        *f = full;
        return -1;
    }
    if (records_remove(&store->records, name, &removed, f) != 0)
        return -1;
    if (store->vault != NULL)
        vault_drop_retired_of(store->vault, name);
    *ret_missing = removed != DIR_STORE_REMOVED_RECORD;
    fault_clear(&full);
    if (!marked) /* there may be room now; else the next import raises the mark */
        (void)!records_raise_mark(&store->records, number, &full);
    return 0;
}

struct mark store_mark(const struct store *store)
{
    struct mark mark = records_mark(&store->records);
    const uint64_t given = store->vault == NULL ? 0 : vault_mark(store->vault);
    if (given > mark.number)
        mark.number = given;
    return mark;
}

int store_raise_mark(struct store *store, uint64_t number, struct fault *f)
{
    return records_raise_mark(&store->records, number, f);
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

int store_open_sealed(struct store *store, struct span sealed, struct store_opened *ret, struct fault *f)
{
    CLEANUP(buf_done) struct buf key = {0};
    if (seal_key_id(sealed, ret->key_id, f) != 0 || store_load_opening_key(store, ret->key_id, &key, f) != 0 ||
        seal_open(sealed, buf_span(&key), ret->key_id, &ret->text, f) != 0)
        return -1;
    if (store->in_memory)
        ret->key_id[0] = '\0';
    else if (!keyring_differs(&store->keyring, ret->key_id, buf_span(&key)))
        store_know_key(store, ret->key_id, buf_span(&key));
    return record_parse(buf_span(&ret->text), &ret->record, f);
}

static int store_open_record(struct store *store, const char *name, struct store_opened *ret, struct fault *f)
{
    CLEANUP(buf_done) struct buf sealed = {0};
    if (records_get(&store->records, name, &sealed, f) != 0 || store_open_sealed(store, buf_span(&sealed), ret, f) != 0)
        return -1;
    return store_check_name(name, &ret->record, f);
}

void store_opened_done(struct store_opened *opened)
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

struct visiting {
    struct store *store;
    store_visit *visit;
    void *context;
    bool root_visited;
};

static int store_visit_one(const struct visiting *v, const char *name)
{
    CLEANUP(store_opened_done) struct store_opened opened = {.key_id = ""};
    struct fault fault = {.reason = REASON_NONE};
    bool good = store_open_record(v->store, name, &opened, &fault) == 0;
    return v->visit(v->context, name, &opened, good ? NULL : &fault);
}

static int store_visit_name(void *context, const char *name)
{
    const struct visiting *v = context;
    return store_is_root(name) && v->root_visited ? 0 : store_visit_one(v, name);
}

/* The root set first: it is what a server needs to start. */
int store_each(struct store *store, store_visit *visit, void *context, struct fault *f)
{
    struct visiting v = {.store = store, .visit = visit, .context = context};
    char root[DIR_STORE_NAME_SIZE];
    store_name("", root);
    store->opens_many = true;
    v.root_visited = records_have(&store->records, root);
    int result = v.root_visited ? store_visit_one(&v, root) : 0;
    if (result == 0)
        result = records_each(&store->records, store_visit_name, &v, f);
    store->opens_many = false;
    buf_done(&store->last_key);
    return result;
}

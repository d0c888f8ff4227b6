#include "core/store/archive.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "core/about/identifier.h"
#include "core/store/kek.h"
#include "core/store/keyring.h"
#include "core/store/seal.h"

struct archive {
    struct store *store;
    int keys_fd;
    const char *keys_path;
    const char *default_id;
    bool on_one_device;
    struct keyring keyring;
};

/* The key by its identifier, which is ours or a record's; where it is missing, the sentence says where. */
static int load_known_key(const struct archive *archive, const char *key_id, struct buf *ret, dev_t *ret_device,
                          struct fault *f)
{
    if (kek_load(archive->keys_fd, key_id, ret, ret_device, f) == 0)
        return 0;
    if (f->os_errno != ENOENT || archive->keys_path == NULL)
        return -1;
    fault_clear(f);
    fault_set(f, REASON_KEY_NOT_ACCESSIBLE, "KmsKeyId", "the key-encryption key %.30s is missing%s%.44s", key_id,
              archive->keys_fd < 0 ? ", and so is " : " in ", archive->keys_path);
    f->os_errno = ENOENT;
    return -1;
}

static int check_default_key(struct archive *archive, struct fault *f)
{
    CLEANUP(buf_done) struct buf key = {0};
    dev_t device = 0;
    if (load_known_key(archive, archive->default_id, &key, &device, f) != 0)
        return -1;
    archive->on_one_device = device == store_device(archive->store);
    return keyring_learn(&archive->keyring, archive->default_id, buf_span(&key), f);
}

int archive_open(const struct archive_place *place, struct archive **ret, struct fault *f)
{
    CLEANUP(archive_freep) struct archive *archive = malloc(sizeof(*archive));
    if (archive == NULL)
        return fault_no_memory(f);
    *archive =
        (struct archive){.keys_fd = place->keys_fd, .keys_path = place->keys_path, .default_id = place->default_id};
    if (store_open(place->store_fd, &archive->store, f) != 0 || check_default_key(archive, f) != 0)
        return -1;
    store_stands_at(archive->store, place->store_path);
    *ret = TAKE(archive);
    return 0;
}

void archive_freep(struct archive **archive)
{
    if (*archive == NULL)
        return;
    store_freep(&(*archive)->store);
    keyring_done(&(*archive)->keyring);
    if ((*archive)->keys_fd >= 0)
        close((*archive)->keys_fd);
    free(*archive);
}

const char *archive_default_id(const struct archive *archive)
{
    return archive->default_id;
}

bool archive_has_key(const struct archive *archive, const char *key_id)
{
    CLEANUP(buf_done) struct buf key = {0};
    struct fault ignored = {.reason = REASON_NONE};
    return kek_load(archive->keys_fd, key_id, &key, NULL, &ignored) == 0;
}

bool archive_is_on_one_device(const struct archive *archive)
{
    return archive->on_one_device;
}

/*
 * The one way from a set to its record: the SHA-256 of its identifier. Names that differ in the case of letters alone
 * are one set's, so they are one file's.
 */
void archive_name(const char *identifier, char ret[static STORE_NAME_SIZE])
{
    unsigned char folded[IDENTIFIER_MAX + 1], digest[EVP_MAX_MD_SIZE] = {0};
    const size_t length = strnlen(identifier, IDENTIFIER_MAX);
    for (size_t i = 0; i < length; i++)
        folded[i] = (unsigned char)tolower((unsigned char)identifier[i]);
    EVP_Digest(folded, length, digest, NULL, EVP_sha256(), NULL);
    span_hex((struct span){digest, sizeof(digest)}, ret, STORE_NAME_SIZE);
}

bool archive_is_root(const char *name)
{
    char root[STORE_NAME_SIZE];
    archive_name("", root);
    return strcmp(name, root) == 0;
}

/* What could not be opened again must not replace what can. */
static int check_sealed(struct span sealed, struct span key, const char *id, struct span text, struct fault *f)
{
    CLEANUP(buf_done) struct buf opened = {0};
    if (seal_open(sealed, key, id, &opened, f) != 0)
        return -1;
    if (!span_equal(buf_span(&opened), text))
        return fault_set(f, REASON_STORE_FAILED, "", "the record does not open to what was sealed");
    return 0;
}

/* Without memory another key under this name is not noticed, no more. */
static void know_key(struct archive *archive, const char *key_id, struct span key)
{
    struct fault ignored = {.reason = REASON_NONE};
    (void)!keyring_learn(&archive->keyring, key_id, key, &ignored);
}

static int load_key(const struct archive *archive, const char *key_id, struct buf *ret, struct fault *f)
{
    return strcmp(key_id, archive->default_id) == 0 ? load_known_key(archive, key_id, ret, NULL, f)
                                                    : kek_load_named(archive->keys_fd, key_id, ret, f);
}

/* A key that is sealed with beside another one of its name: after a restart, what the other one sealed is not served.
 */
static int check_key(const struct archive *archive, const char *key_id, struct span key, unsigned how, struct fault *f)
{
    if ((how & ARCHIVE_ANY_KEY) != 0 || !keyring_differs(&archive->keyring, key_id, key))
        return 0;
    fault_set(f, REASON_KEY_NOT_ACCESSIBLE, "KmsKeyId",
              "the key-encryption key was replaced since it sealed other sets: put it back, or certfs --new-key OTHER");
    f->os_errno = ESTALE;
    return -1;
}

int archive_put(struct archive *archive, const struct record *record, unsigned how, struct fault *f)
{
    CLEANUP(buf_done) struct buf key = {0}, text = {0}, sealed = {0};
    char name[STORE_NAME_SIZE];
    const char *key_id = record->generation->key_id;
    if (load_key(archive, key_id, &key, f) != 0 || check_key(archive, key_id, buf_span(&key), how, f) != 0)
        return -1;
    if (record_write(record, &text, f) != 0)
        return -1;
    if (seal_close(buf_span(&text), buf_span(&key), key_id, &sealed, f) != 0 ||
        check_sealed(buf_span(&sealed), buf_span(&key), key_id, buf_span(&text), f) != 0)
        return -1;
    archive_name(record->generation->resource->identifier, name);
    const uint64_t number = record->generation->number;
    int result = (how & ARCHIVE_FIRST) != 0 ? store_put_aside(archive->store, name, buf_span(&sealed), number, f)
                                            : store_put(archive->store, name, buf_span(&sealed), number, f);
    if (result == 0)
        know_key(archive, key_id, buf_span(&key));
    return result;
}

bool archive_stamp(const struct archive *archive, const char *identifier, struct stamp *ret)
{
    char name[STORE_NAME_SIZE];
    archive_name(identifier, name);
    return store_stamp(archive->store, name, ret);
}

bool archive_has(const struct archive *archive, const char *identifier)
{
    char name[STORE_NAME_SIZE];
    archive_name(identifier, name);
    return store_is_in_place(archive->store) && store_has(archive->store, name);
}

int archive_has_any(const struct archive *archive, const char *identifier, bool *ret, struct fault *f)
{
    char name[STORE_NAME_SIZE];
    archive_name(identifier, name);
    return store_has_any(archive->store, name, ret, f);
}

/* Neither a full disk nor a STORE that was deleted is a reason to keep a key that must go. */
static bool may_be_ignored(const struct fault *fault)
{
    return fault->os_errno == ENOSPC || fault->os_errno == EDQUOT || fault->os_errno == ENOENT;
}

/* The mark first, so that no number is given twice. */
int archive_remove(struct archive *archive, const char *identifier, uint64_t number, bool *ret_missing, struct fault *f)
{
    char name[STORE_NAME_SIZE];
    struct fault full = {.reason = REASON_NONE};
    enum store_removed removed;
    archive_name(identifier, name);
    bool marked = store_raise_mark(archive->store, number, &full) == 0;
    if (!marked && !may_be_ignored(&full)) {
        *f = full;
        return -1;
    }
    if (store_remove(archive->store, name, &removed, f) != 0)
        return -1;
    *ret_missing = removed != STORE_REMOVED_RECORD;
    fault_clear(&full);
    if (!marked) /* there is room now; if there is none, the next import brings the number up */
        (void)!store_raise_mark(archive->store, number, &full);
    return 0;
}

struct mark archive_mark(const struct archive *archive)
{
    return store_mark(archive->store);
}

int archive_raise_mark(struct archive *archive, uint64_t number, struct fault *f)
{
    return store_raise_mark(archive->store, number, f);
}

/* A record under another set's name is not that set's: two files were swapped, or one copied. */
static int check_name(const char *name, const struct request *record, struct fault *f)
{
    char identifier[IDENTIFIER_MAX + 1] = "", expected[STORE_NAME_SIZE];
    const struct buf *given = &record->identifier;
    if (given->len > 0 && identifier_check(buf_span(given), "CertificateIdentifier", f) != 0)
        return -1;
    if (given->len > 0)
        memcpy(identifier, given->data, given->len);
    archive_name(identifier, expected);
    if (strcmp(name, expected) != 0)
        return fault_set(f, REASON_STORE_FAILED, "", "the record belongs to another set than its file's name says");
    return 0;
}

static int open_record(struct archive *archive, const char *name, struct request *ret, char *ret_key_id,
                       struct fault *f)
{
    CLEANUP(buf_done) struct buf sealed = {0}, key = {0}, text = {0};
    if (store_get(archive->store, name, &sealed, f) != 0 || seal_key_id(buf_span(&sealed), ret_key_id, f) != 0 ||
        load_known_key(archive, ret_key_id, &key, NULL, f) != 0)
        return -1;
    if (seal_open(buf_span(&sealed), buf_span(&key), ret_key_id, &text, f) != 0)
        return -1;
    if (!keyring_differs(&archive->keyring, ret_key_id, buf_span(&key)))
        know_key(archive, ret_key_id, buf_span(&key));
    if (record_parse(buf_span(&text), ret, f) != 0)
        return -1;
    return check_name(name, ret, f);
}

int archive_verify(struct archive *archive, const struct generation *generation, const struct tags *tags,
                   struct fault *f)
{
    CLEANUP(request_done) struct request record = {.action = ACTION_NONE};
    CLEANUP(tags_unrefp) struct tags *stored = NULL;
    char name[STORE_NAME_SIZE], key_id[KEK_ID_MAX + 1] = "";
    archive_name(generation->resource->identifier, name);
    if (open_record(archive, name, &record, key_id, f) != 0 || request_read_tags(&record, NULL, &stored, f) != 0)
        return -1;
    if (record.record.generation != generation->number || strcmp(key_id, generation->key_id) != 0 ||
        !tags_equal(stored, tags))
        return fault_set(f, REASON_STORE_FAILED, "", "the record is another one than that of what is served");
    return 0;
}

/* Whether what is wrong with the key is worth telling. */
static bool matters(const struct archive *archive, const struct keyring_key *key, bool used, const struct fault *fault)
{
    return used || (fault->os_errno != ESTALE && strcmp(key->id, archive->default_id) == 0);
}

void archive_check_keys(struct archive *archive, archive_key_use *is_used, archive_key_visit *visit, void *context)
{
    struct keyring_key *next;
    for (struct keyring_key *key = SLIST_FIRST(&archive->keyring); key != NULL; key = next) {
        struct fault fault = {.reason = REASON_NONE};
        next = SLIST_NEXT(key, next);
        bool good = keyring_check(key, archive->keys_fd, &fault) == 0;
        if (good || matters(archive, key, is_used(context, key->id), &fault)) {
            visit(context, key->id, good ? NULL : &fault);
            continue;
        }
        visit(context, key->id, NULL);
        keyring_forget(&archive->keyring, key);
    }
}

struct visiting {
    struct archive *archive;
    archive_visit *visit;
    void *context;
};

static int visit_name(void *context, const char *name)
{
    const struct visiting *v = context;
    CLEANUP(request_done) struct request record = {.action = ACTION_NONE};
    char key_id[KEK_ID_MAX + 1] = "";
    struct fault fault = {.reason = REASON_NONE};
    bool opened = open_record(v->archive, name, &record, key_id, &fault) == 0;
    return v->visit(v->context, name, opened ? &record : NULL, key_id, opened ? NULL : &fault);
}

int archive_each(struct archive *archive, archive_visit *visit, void *context, struct fault *f)
{
    struct visiting v = {.archive = archive, .visit = visit, .context = context};
    return store_each(archive->store, visit_name, &v, f);
}

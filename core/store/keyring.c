#include "core/store/keyring.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "core/base/buf.h"

_Static_assert((int)KEYRING_FINGERPRINT_SIZE <= (int)EVP_MAX_MD_SIZE, "a SHA-256");

static void keyring_fingerprint(struct span key, unsigned char ret[static EVP_MAX_MD_SIZE])
{
    EVP_Digest(key.data, key.len, ret, NULL, EVP_sha256(), NULL);
}

static bool keyring_is_key(const struct keyring_key *known, struct span key)
{
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};
    keyring_fingerprint(key, digest);
    return memcmp(known->fingerprint, digest, KEYRING_FINGERPRINT_SIZE) == 0;
}

void keyring_done(struct keyring *keyring)
{
    while (!SLIST_EMPTY(keyring))
        keyring_forget(keyring, SLIST_FIRST(keyring));
}

void keyring_forget(struct keyring *keyring, struct keyring_key *key)
{
    SLIST_REMOVE(keyring, key, keyring_key, next);
    free(key);
}

static struct keyring_key *keyring_find(const struct keyring *keyring, const char *id)
{
    struct keyring_key *key;
    char file[KEK_ID_MAX + 1];
    if (!kek_is_id(id))
        return NULL;
    kek_file_name(id, file);
    SLIST_FOREACH(key, keyring, next)
    if (strcmp(key->file, file) == 0)
        return key;
    return NULL;
}

bool keyring_has(const struct keyring *keyring, const char *id)
{
    return keyring_find(keyring, id) != NULL;
}

bool keyring_differs(const struct keyring *keyring, const char *id, struct span key)
{
    const struct keyring_key *known = keyring_find(keyring, id);
    return known != NULL && !keyring_is_key(known, key);
}

int keyring_learn(struct keyring *keyring, const char *id, struct span key, struct fault *f)
{
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};
    struct keyring_key *known = keyring_find(keyring, id);
    if (known == NULL) {
        known = calloc(1, sizeof(*known));
        if (known == NULL)
            return fault_no_memory(f);
        snprintf(known->id, sizeof(known->id), "%s", id);
        kek_file_name(id, known->file);
        SLIST_INSERT_HEAD(keyring, known, next);
    }
    keyring_fingerprint(key, digest);
    memcpy(known->fingerprint, digest, KEYRING_FINGERPRINT_SIZE);
    return 0;
}

int keyring_check(struct keyring_key *key, const struct kek_source *source, struct fault *f)
{
    CLEANUP(buf_done) struct buf found = {0};
    struct stat facts;
    struct stamp stamp;
    if (kek_look(source, key->file, &facts) == 0) {
        stamp = stamp_of(&facts);
        if (stamp_equal(&stamp, &key->stamp))
            return 0;
    }
    if (kek_load(source, key->id, &found, &facts, f) != 0)
        return -1;
    stamp = stamp_of(&facts);
    if (!keyring_is_key(key, buf_span(&found))) {
        kek_refuse(key->id, "is another one than sealed the records", f);
        f->os_errno = ESTALE;
        return -1;
    }
    key->stamp = stamp;
    return 0;
}

/*
 * keyring: the key-encryption keys that records of a store are sealed with, by fingerprints, so that another key under
 * the name of one of them is noticed. Two identifiers that have one file (kek.h) are one key.
 */
#ifndef CERTFS_CORE_STORE_KEYRING_H
#define CERTFS_CORE_STORE_KEYRING_H

#include <sys/queue.h>

#include "core/base/buf.h"
#include "core/base/stamp.h"
#include "core/store/kek.h"

enum { KEYRING_FINGERPRINT_SIZE = 32 };

struct keyring_key {
    SLIST_ENTRY(keyring_key) next;
    unsigned char fingerprint[KEYRING_FINGERPRINT_SIZE]; /* SHA-256 */
    struct stamp stamp;                                  /* of its file, when it was found to be this key */
    char id[KEK_ID_MAX + 1];                             /* as it was learned first */
    char file[KEK_ID_MAX + 1];
};

/* SLIST_HEAD of them; all zero is empty. */
struct keyring {
    struct keyring_key *slh_first;
};

void keyring_done(struct keyring *keyring);

/* Whether a key is known under that identifier. */
bool keyring_has(const struct keyring *keyring, const char *id);

/* Whether another key is known under that identifier. */
bool keyring_differs(const struct keyring *keyring, const char *id, struct span key);

/* From now on this is the key of that identifier. Fault: no_memory. */
MUST_CHECK int keyring_learn(struct keyring *keyring, const char *id, struct span key, struct fault *f);

void keyring_forget(struct keyring *keyring, struct keyring_key *key);

/*
 * Whether the file of the key still holds it; reads it only if it has changed since. Faults:
 * key_not_accessible, with errno as kek_load, and ESTALE where it holds another key.
 */
MUST_CHECK int keyring_check(struct keyring_key *key, const struct kek_source *source, struct fault *f);

#endif

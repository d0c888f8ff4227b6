/*
 * store: records, sealed and stored. A record that store_put acknowledged survives a restart.
 */
#ifndef CERTFS_CORE_STORE_STORE_H
#define CERTFS_CORE_STORE_STORE_H

#include "core/base/buf.h"
#include "core/store/dir_store.h"
#include "core/store/kek.h"
#include "core/store/mark.h"
#include "core/store/record.h"
#include "core/store/record_read.h"
#include "core/store/standing.h"
#include "core/store/vault.h"

struct store;

/*
 * Functions that a store calls for what is outside its directory, for a process that may neither read the directory of
 * keys nor walk to the records. Functions return -1 with errno.
 */
struct store_host {
    int (*open_key)(void *context, const char *file);      /* kek_source.open */
    int (*open_kept_key)(void *context, const char *file); /* kek_source.open_kept */
    int (*look_key)(void *context, const char *file, struct stat *ret);
    standing_find *find_store; /* whether the path still leads to the records */
    void *context;
    pid_t process;   /* that the functions ask, for messages */
    bool hands_over; /* a restart gives this process's user what is root's in the directory of the records */
};

/* Where a store lives. The descriptors are the store's from store_open on, but for the vault's. */
struct store_place {
    int store_fd;                   /* the directory of the records; -1: they are in the vault */
    int vault_fd;                   /* a file of vault.h, for what outlives this process; 0 or -1: there is none */
    const unsigned char *vault_key; /* KEK_SIZE bytes, which seal what is in the vault alone; borrowed */
    int keys_fd;                    /* the directory of key-encryption keys, -1 for none */
    const struct store_host *host;  /* NULL: this process itself; copied */
    const char *store_path; /* NULL, or the absolute path that leads to the records at the next start; borrowed */
    const char *keys_path;  /* how a fault calls keys_fd, NULL: without its path; borrowed */
    bool taken_over; /* the process that had it was killed: it is cleaned up by store_settle, and read as it is */
    const char *default_id; /* of the key that seals records that name none; lives as long as the store */
};

/* Opens and locks. Faults: store_failed, key_not_accessible (the default key), no_memory. */
MUST_CHECK int store_open(const struct store_place *place, struct store **ret, struct fault *f);
void store_freep(struct store **store); /* accepts NULL */

/* For a place that is taken over: cleans up, and syncs what was renamed. Fault: store_failed. */
MUST_CHECK int store_settle(struct store *store, struct fault *f);

/* Whether there are key-encryption keys: not for records in the vault. */
bool store_has_keys(const struct store *store);

/* The key's identifier that stands for a request that names none. */
const char *store_default_id(const struct store *store);

/* Whether a key of this name can be used. */
bool store_has_key(const struct store *store, const char *key_id);

/* Whether the default key lies on the same device as the records: sealing then protects backups alone. */
bool store_is_on_one_device(const struct store *store);

enum {
    STORE_FIRST = 1,   /* nothing of this set is served, so a record of that name did not open; it is kept aside */
    STORE_ANY_KEY = 2, /* no other set is sealed with a key of this name, so it may be another one than before */
};

/*
 * Seals and stores, under the set's name, whatever the case of its letters, and marks the generation's number as given.
 * `how`: 0, or one or both of the above. Faults: key_not_accessible, with errno ESTALE where the key is another one
 * than sealed the records that were opened or put before; store_failed, no_memory.
 */
MUST_CHECK int store_put(struct store *store, const struct record *record, unsigned how, struct fault *f);

/*
 * Whether the record of the set opens, with the key as it is now, to this generation and these tags. Faults:
 * key_not_accessible, store_failed, any of record_parse, no_memory.
 */
MUST_CHECK int store_verify(struct store *store, const struct generation *generation, const struct tags *tags,
                            struct fault *f);

/* The stamp of the record of the set, by which a change is noticed. Faults as dir_store_stamp; then it is zero. */
int store_stamp(const struct store *store, const char *identifier, struct stamp *ret, struct fault *f);

/*
 * Hands over each key that records are sealed with, and the default one, with NULL or with the fault that it has now
 * (keyring_check); none while that is not known. A key that has one and that no set uses is forgotten; the default key
 * is reported if it is missing.
 */
typedef bool store_key_use(void *context, const char *key_id);
typedef void store_key_visit(void *context, const char *key_id, const struct fault *fault);
void store_check_keys(struct store *store, store_key_use *is_used, store_key_visit *visit, void *context);

/* Whether the set has a record that a restart finds, opened or not. */
bool store_has(const struct store *store, const char *identifier);

/* Whether it has a record in the directory in use, wherever that stands by now. */
bool store_has_record(const struct store *store, const char *identifier);

/* Whether it has one, or one that was put aside. Fault: store_failed. */
MUST_CHECK int store_has_any(const struct store *store, const char *identifier, bool *ret, struct fault *f);

/*
 * Removes the record of a set and all that was put aside of it, and marks `number` as given. `ret_missing`: there was
 * no record. Fault: store_failed; the record is as it was then.
 */
MUST_CHECK int store_remove(struct store *store, const char *identifier, uint64_t number, bool *ret_missing,
                            struct fault *f);

/* The newest number that was marked as given, and marking a newer one. Fault: store_failed. */
struct mark store_mark(const struct store *store);
MUST_CHECK int store_raise_mark(struct store *store, uint64_t number, struct fault *f);

/* The name of the file of a set's record: the SHA-256 of its identifier in lower case, in hexadecimal digits. */
void store_name(const char *identifier, char ret[static DIR_STORE_NAME_SIZE]);

/* Whether a record's file has the name of the root set's. */
bool store_is_root(const char *name);

/* A record that was opened. */
struct store_opened {
    struct record_text record;
    struct buf text;             /* the same, as it was sealed: a request document (record.h) */
    char key_id[KEK_ID_MAX + 1]; /* of the key that sealed it */
};

/*
 * Opens each record and hands it over, that of the root set first; with a fault if it could not be opened, and then
 * `key_id` alone is set, "" where that is not known. `name` is its file's. Stops when `visit` returns non-zero. Returns
 * 0 or what visit returned; -1 with a fault when the store cannot be listed.
 */
typedef int store_visit(void *context, const char *name, const struct store_opened *opened, const struct fault *fault);
MUST_CHECK int store_each(struct store *store, store_visit *visit, void *context, struct fault *f);

/* ---- records that were replaced ---- */

/*
 * Keeps the record of the set, which is about to be replaced, as that of the generation with this number, for a process
 * that follows this one. `since`: steady seconds. Best effort.
 */
void store_retire(struct store *store, const char *identifier, uint64_t number, int64_t since);

/* Those with numbers above `after`, ascending; returns how many. */
size_t store_list_retired(struct store *store, uint64_t after, struct vault_retired ret[static VAULT_LISTED]);

/* Opens the one of this number and hands it over, as store_each does, without a name. Returns what `visit` returned. */
int store_visit_retired(struct store *store, uint64_t number, store_visit *visit, void *context);

/* Wipes all that nobody uses by now; returns how many are left. Any thread. */
typedef bool store_use(void *context, uint64_t number);
size_t store_sweep(struct store *store, store_use *is_used, void *context);

#endif

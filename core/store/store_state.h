/*
 * store_state: the parts of a store, for store.c, and for store_retired.c, which cares for records that were replaced.
 */
#ifndef CERTFS_CORE_STORE_STORE_STATE_H
#define CERTFS_CORE_STORE_STORE_STATE_H

#include "core/base/buf.h"
#include "core/base/cleanup.h"
#include "core/store/kek.h"
#include "core/store/keyring.h"
#include "core/store/records.h"
#include "core/store/store.h"
#include "core/store/vault.h"

struct store {
    struct records records;
    struct vault *vault;            /* NULL: there is none, and records that were replaced are not kept */
    const unsigned char *vault_key; /* what seals the records of a store that is in the vault itself; borrowed */
    bool taken_over;                /* as in struct store_place */
    bool in_memory;                 /* it is one, and has no other keys */
    struct kek_source keys;         /* the directory is owned */
    const char *keys_path;
    const char *default_id;
    bool on_one_device;
    struct keyring keyring;
    bool opens_many;     /* records, one after another */
    struct buf last_key; /* meanwhile: that of the last one */
    char last_id[KEK_ID_MAX + 1];
};

/* Opens a sealed record. On -1 `ret` may have the identifier of its key. Faults as store_each hands them over. */
MUST_CHECK int store_open_sealed(struct store *store, struct span sealed, struct store_opened *ret, struct fault *f);
void store_opened_done(struct store_opened *opened);

#endif

/*
 * vault_state: what a vault is made of, for vault.c, which changes it, and vault_look.c, which reads it.
 */
#ifndef CERTFS_CORE_VAULT_VAULT_STATE_H
#define CERTFS_CORE_VAULT_VAULT_STATE_H

#include <pthread.h>

#include "core/vault/reachable.h"
#include "core/vault/retired.h"

struct archive;

struct vault {
    struct archive *archive; /* NULL: memory only */
    pthread_mutex_t lock;    /* over all below */
    uint64_t number;
    struct sets sets;
    struct reachable reachable; /* all that vault_find finds */
    struct retired_queue retired;
};

#endif

/*
 * disk: the directories of the store and of the keys, opened with the supervisor's privileges before the mount.
 */
#ifndef CERTFS_FS_DISK_DISK_H
#define CERTFS_FS_DISK_DISK_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/base/cleanup.h"
#include "fs/host/account.h"
#include "fs/options/options.h"
#include "fs/report/problems.h"

struct fault;

enum { DISK_PLACES = 3, DISK_UNSAFE_SIZE = 512 };

/* Descriptors of directories; -1 where there is none. */
struct disk {
    int store;
    bool kept;             /* the store's is the one that disk_open was given */
    int keys;              /* O_PATH: opens nothing without permission */
    uid_t user;            /* who opened them */
    struct account worker; /* the user that the worker runs as; set by disk_hand_over */
    /* Sentences about those of STORE, kek_dir and MOUNTPOINT that others could replace; "" for none. */
    char unsafe[DISK_PLACES][DISK_UNSAFE_SIZE];
};

/*
 * Opens both directories and locks STORE, within two seconds; nothing for STORE none. Faults: system (with errno, or
 * without if another process holds the lock), usage (one of them is in a certfs mount).
 *
 * `kept`: a descriptor with which another process has locked STORE and that has outlived it, or -1; it is closed, or
 * the result's.
 */
MUST_CHECK int disk_open(const struct options *options, int kept, struct disk *ret, struct fault *f);

/* Sets `unsafe`. Accesses MOUNTPOINT and would hang in a mount of a stopped certfs: nothing may be mounted there. */
void disk_check_paths(const struct options *options, struct disk *ret);

/*
 * STORE belongs to the worker's user from then on. If that was not asked for by worker_user= and is not possible, a
 * STORE that is root's is served by root, as by an older certfs, with a problem. Faults as handover_store.
 */
MUST_CHECK int disk_hand_over(const struct options *options, struct disk *disk, struct problems *problems,
                              struct fault *f);

/* certfs --new-key ID: creates a key-encryption key, and the default directory of keys if it does not exist. */
MUST_CHECK int disk_new_key(const struct options *options, struct fault *f);

#endif

/*
 * disk: the directories of the store and of its keys, opened before the mount by whoever has the rights.
 */
#ifndef CERTFS_FS_DISK_DISK_H
#define CERTFS_FS_DISK_DISK_H

#include "fs/options/options.h"

enum { DISK_PLACES = 3 };

/* Descriptors of directories; -1 where there is none. */
struct disk {
    int store;
    int keys;
    /* Which of STORE, kek_dir and MOUNTPOINT somebody else could replace: sentences, "" for none. */
    char unsafe[DISK_PLACES][FAULT_MESSAGE_SIZE];
};

/*
 * Opens what the options name, and locks STORE within two seconds; STORE none has neither. Faults: system (with
 * errno; without one where another process has the lock), usage (one of them lies in the mount of a certfs).
 */
MUST_CHECK int disk_open(const struct options *options, struct disk *ret, struct fault *f);

/*
 * Fills in `unsafe`. It looks at MOUNTPOINT itself, which hangs where a certfs that is stopped is mounted: call it when
 * nothing is mounted there.
 */
void disk_check_paths(const struct options *options, struct disk *ret);

/* certfs --new-key ID: makes a key-encryption key, and the default directory of keys if that is missing. */
MUST_CHECK int disk_new_key(const struct options *options, struct fault *f);

#endif

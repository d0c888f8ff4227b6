/*
 * last_keys: the files of keys that the supervisor opened for its workers, so that the next one can open records if the
 * name of a key leads nowhere by then. All zero is empty.
 */
#ifndef CERTFS_FS_DISK_LAST_KEYS_H
#define CERTFS_FS_DISK_LAST_KEYS_H

#include "core/store/kek.h"

enum { LAST_KEYS_MAX = 16 };

struct last_keys {
    struct {
        char name[KEK_ID_MAX + 1]; /* "" for a free place */
        int descriptor;
    } keys[LAST_KEYS_MAX]; /* the newest first */
};

/* Keeps another descriptor of the file, if it can be a key; it replaces the one of that name, or the oldest. */
void last_keys_keep(struct last_keys *last, const char *name, int descriptor);

/* A descriptor of the file that was kept under this name, which shares its position; -1 with errno ENOENT. */
int last_keys_open(const struct last_keys *last, const char *name);

void last_keys_done(struct last_keys *last);

#endif

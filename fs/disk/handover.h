/*
 * handover: STORE and what certfs keeps in it belong to the user that the worker runs as.
 *
 * Files with other names stay as they are. The caller is root and holds the lock of STORE.
 */
#ifndef CERTFS_FS_DISK_HANDOVER_H
#define CERTFS_FS_DISK_HANDOVER_H

#include "core/base/cleanup.h"
#include "fs/host/account.h"

struct fault;

/*
 * Gives STORE (a descriptor and its path), its records and its mark to `to`, if it belongs to root or to that user
 * already. Everything is checked before anything changes, and the directory is given last, so that an interrupted
 * handover is continued. A record must be a regular file of root or of `to`, without names outside STORE. If `to` is
 * root, only the owner of the directory is checked. A file that cannot be given to the owner of the directory is left.
 * `ret_untouched`, also after -1: neither STORE nor a file in it belongs to `to`, or `to` is root.
 * Faults: system, no_memory.
 */
MUST_CHECK int handover_store(int store, const char *path, const struct account *to, bool *ret_untouched,
                              struct fault *f);

#endif

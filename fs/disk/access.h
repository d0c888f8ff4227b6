/*
 * access: how the worker, which may neither read kek_dir nor walk to STORE, reaches both: it asks the supervisor.
 */
#ifndef CERTFS_FS_DISK_ACCESS_H
#define CERTFS_FS_DISK_ACCESS_H

#include "core/base/cleanup.h"
#include "core/base/directory.h"
#include "core/store/store.h"

struct ask;

/* The functions of a store that asks this process's parent; `ask` is borrowed for as long as they are called. */
struct store_host access_host(struct ask *ask);

/* Whether the path of STORE leads to the directory in use. 0, or -1 with errno (ask.h). */
MUST_CHECK int access_find_store(struct ask *ask, enum directory_found *ret);

/* The same of kek_dir. Returns a descriptor of the directory, which may fail to list it; or -1 with errno. */
MUST_CHECK int access_find_keys(struct ask *ask, enum directory_found *ret);

#endif

/*
 * cage: what the worker gives up before it reads anything.
 *
 * Root's worker becomes its own user and enters network and ipc namespaces of its own (never one of mounts, which would
 * keep the mounts of the host busy). Every worker loses all capabilities, opens files of STORE and /proc alone
 * (landlock.h), and makes only the system calls that it needs (others fail with EPERM).
 */
#ifndef CERTFS_FS_WORKER_CAGE_H
#define CERTFS_FS_WORKER_CAGE_H

#include "core/base/cleanup.h"
#include "fs/disk/disk.h"
#include "fs/host/lockdown.h"
#include "fs/host/namespaces.h"
#include "fs/options/options.h"
#include "fs/report/problems.h"

/*
 * Restricts this process for good. Restrictions that the kernel does not have are added to `problems` as remarks.
 * Returns -1 with one sentence in `ret_problem` if it could do harm, else 0.
 */
MUST_CHECK int cage_enter(const struct options *options, const struct disk *disk, struct namespaces *namespaces,
                          struct problems *problems, char ret_problem[static LOCKDOWN_PROBLEM_SIZE]);

#endif

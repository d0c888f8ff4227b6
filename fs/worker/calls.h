/*
 * calls: the system calls that the worker makes.
 */
#ifndef CERTFS_FS_WORKER_CALLS_H
#define CERTFS_FS_WORKER_CALLS_H

#include "core/base/cleanup.h"

/*
 * From then on all others fail with EPERM, and with them every way to another program, process, socket or mount: a new
 * libc that makes another call must not end the worker. Needs no_new_privs. Returns -1 with errno.
 */
MUST_CHECK int calls_restrict(void);

#endif

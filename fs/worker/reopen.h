/*
 * reopen: what was open while a worker before this one served is open in this one.
 */
#ifndef CERTFS_FS_WORKER_REOPEN_H
#define CERTFS_FS_WORKER_REOPEN_H

#include "core/base/cleanup.h"

struct fault;
struct server;

/*
 * Restores server->handles, with what belongs to them: limits of users, files of import/ and documents in flight. Once
 * the registry is loaded and the passes are restored, before a request is read. Fault: no_memory.
 */
MUST_CHECK int reopen_all(struct server *server, struct fault *f);

/* Posts the notices that the worker before may not have sent: who polls is woken, and keys leave the page cache. */
void reopen_notify(struct server *server);

#endif

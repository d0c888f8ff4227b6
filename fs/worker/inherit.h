/*
 * inherit: takes over what an earlier worker has left of passes, reports and counters, and keeps them from then on
 * where the next one finds them.
 */
#ifndef CERTFS_FS_WORKER_INHERIT_H
#define CERTFS_FS_WORKER_INHERIT_H

#include "core/base/cleanup.h"

struct fault;
struct server;

/* Call it once, when the registry is loaded and no earlier worker runs, before a request is read. Fault: no_memory. */
MUST_CHECK int inherit(struct server *server, struct fault *f);

#endif

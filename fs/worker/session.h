/*
 * session: the loop that reads requests from the kernel and hands them to ops, and the replies.
 *
 * libfuse's own loop leaves the payload of writes in its buffer; this one reads into memory that outlives the worker
 * and wipes each request once it is answered (requests.h). A worker that follows another one answers the kernel's first
 * request for itself, and then has all requests again that the last one did not answer.
 */
#ifndef CERTFS_FS_WORKER_SESSION_H
#define CERTFS_FS_WORKER_SESSION_H

#include <stdbool.h>

#include "core/base/cleanup.h"

struct fault;
struct server;

/*
 * Makes server->session, over the already mounted descriptor `fuse_fd`, and server->requests in server->shared.
 * fuse_session_destroy closes the descriptor. Faults: no_memory, system.
 */
MUST_CHECK int session_open(struct server *server, bool debug, int fuse_fd, struct fault *f);

/*
 * Serves until the file system is unmounted. `answered` is called once, when the kernel's first request (INIT) is
 * answered. Returns 0 when it was unmounted, -1 with errno set when reading failed otherwise.
 */
int session_serve(struct server *server, void (*answered)(void *), void *argument);

#endif

/*
 * session: the loop that reads requests from the kernel and hands them to ops.
 *
 * libfuse's own loop leaves the payload of writes in its buffer; this one wipes it after every
 * request. The buffer is in no core dump.
 */
#ifndef CERTFS_FS_WORKER_SESSION_H
#define CERTFS_FS_WORKER_SESSION_H

struct fuse_session;

/*
 * Serves until the file system is unmounted. `answered` is called once, when the kernel's first request (INIT) is
 * answered. Returns 0 when it was unmounted, -1 with errno set when reading failed otherwise.
 */
int session_serve(struct fuse_session *session, void (*answered)(void *), void *argument);

#endif

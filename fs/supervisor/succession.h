/*
 * succession: how a worker follows another one on the same mount.
 *
 * Once the mount has answered, a worker that ends, that does not keep to the protocol, or that answers no requests any
 * more is replaced: by itself it ends nothing. The next one is started when nothing of the one before can act any
 * more, and finds in shared memory and STORE what that one has left. Requests wait meanwhile, and nobody else notices.
 */
#ifndef CERTFS_FS_SUPERVISOR_SUCCESSION_H
#define CERTFS_FS_SUPERVISOR_SUCCESSION_H

#include <poll.h>

#include "core/base/cleanup.h"
#include "fs/supervisor/messages.h"
#include "fs/supervisor/service.h"
#include "fs/worker/worker.h"

enum { SUCCESSION_FDS = 4, SUCCESSION_LIMIT_MS = 10 * 1000 /* without a worker that is ready */ };

/* Starts the first worker. Fault: system (with errno). */
MUST_CHECK int succession_begin(struct supervisor *supervisor, struct fault *f);

/* All that a worker needs but its channels. */
struct worker_task succession_task(struct supervisor *supervisor);

/* Kills the worker that serves, so that one of this program follows; if that does not become ready, none follows. */
void succession_replace(struct supervisor *supervisor);

/* Whether a worker runs: then its channels are to be polled. */
bool succession_is_living(const struct succession *succession);

/* The descriptors to poll; unused ones are -1. They only wake the loop. */
void succession_fds(const struct supervisor *supervisor, struct pollfd ret[static SUCCESSION_FDS]);

/* The timeout of poll(2) until succession_step is due; -1 for none. */
int succession_timeout(const struct supervisor *supervisor);

/* Acts on what messages_receive or messages_answer returned. */
enum ending succession_note(struct supervisor *supervisor, enum message_event event);

/* Call it after poll. */
enum ending succession_step(struct supervisor *supervisor);

/* Asks the worker to drain, or the next one where there is none. */
void succession_drain(struct supervisor *supervisor);

/*
 * After ENDING_HOPELESS: starts a process that answers all requests with EIO, without channels. Fault: system (with
 * errno).
 */
MUST_CHECK int succession_refuse(struct supervisor *supervisor, struct fault *f);

#endif

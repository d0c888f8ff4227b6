/*
 * upkeep: the thread that never judges and never blocks.
 *
 * It writes the audit's lines, listens to the supervisor, lets go of what has had its time, answers the writes that
 * have spread, and those whose writer is ending. When the supervisor asks for the end, what runs is finished and
 * answered as long as that takes no more than SERVER_JUDGE_LIMIT_MS, or SERVER_COMMIT_LIMIT_MS for what is being
 * committed; the rest is refused, and nothing of it is committed.
 */
#ifndef CERTFS_FS_WORKER_UPKEEP_H
#define CERTFS_FS_WORKER_UPKEEP_H

#include "core/base/cleanup.h"
#include "fs/state/server.h"

enum { UPKEEP_SPREAD_LIMIT_MS = 100 }; /* how long an answer waits for the kernel to hear of the change */

/* Starts the thread. Faults: no_memory, system (with errno). */
MUST_CHECK int upkeep_start(struct server *server, struct upkeep **ret, struct fault *f);

/* Ends the thread and releases it. Accepts NULL. */
void upkeep_stop(struct upkeep *upkeep);

/* Refuses all documents that wait or are being judged; none of them is committed. For the end, any thread. */
void upkeep_refuse_all(struct server *server);

#endif

/*
 * resume: the changes that a worker was making when it was killed (intents.h): which were made, and what still has to
 * follow.
 *
 * A change was made if the set has its generation now, or, of a removal, neither set nor record; of one without a new
 * number (tags, a record that is written again) if the set has another record. Such a change is recorded if it was not,
 * spreads, and is announced; its write that comes again gets the answer of then. One that was not made is forgotten,
 * and its write carried out.
 */
#ifndef CERTFS_FS_WORKER_RESUME_H
#define CERTFS_FS_WORKER_RESUME_H

#include "core/action/outcome.h"
#include "core/base/buf.h"
#include "fs/state/server.h"
#include "fs/state/writes.h"

/*
 * Notes what the running write will have done: its outcome, and the answer, which is written to `ret_answer`. For the
 * importer, before anything on disk changes. Returns its place in intents.h, -1 for none.
 */
int resume_intend(struct server *server, const struct running *running, const struct outcome *outcome,
                  struct buf *ret_answer);

/* Decides, when the sets are loaded and before there is a second thread. Reads, and never waits for a write to disk. */
void resume_decide(struct server *server);

/* Does what still has to follow. For the importer, before anything else. May wait for the disk. */
void resume_publish(struct server *server);

/* Answers a write that came again and whose change was made. For the importer. */
void resume_answer(struct server *server, const struct running *running);

#endif

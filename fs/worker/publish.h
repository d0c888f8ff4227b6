/*
 * publish: what follows when a request was carried out: it is recorded, its change spreads, its write is answered. For
 * the importer; a write that spreads is answered by upkeep.h, with publish_end.
 */
#ifndef CERTFS_FS_WORKER_PUBLISH_H
#define CERTFS_FS_WORKER_PUBLISH_H

#include "core/action/outcome.h"
#include "core/base/buf.h"
#include "fs/state/server.h"

struct content;
struct job;

/* The text for the writer. The commit stands even if allocating it fails: then it is empty. */
void publish_write_answer(const struct outcome *outcome, struct buf *ret);

/*
 * Reports a record that was missing in STORE or did not open, ends the problems that the change has ended, and
 * records the request. `intent`: its place in intents.h, or -1; it counts as recorded from then on.
 */
void publish_record(struct server *server, const struct outcome *outcome, const struct fault *fault,
                    const struct writer *writer, int intent);

/*
 * The running write has changed something, or none runs: notices are sent, and what follows them is upkeep's. Consumes
 * `answer`. `stays`: the intent is kept for a write that may come again; else it ends with the answer.
 */
struct published {
    const struct outcome *outcome;
    struct buf *answer;
    bool import; /* it came through import/ */
    int intent;  /* -1: none */
    bool stays;
};
void publish_spread(struct server *server, const struct published *published);

/* Answers the write of a request that was refused, or has changed nothing that spreads. Consumes `answer`. */
void publish_answer(struct server *server, const struct job *job, const struct outcome *outcome,
                    const struct fault *fault, struct buf *answer);

/*
 * Answers a write whose upload has its text already. For import/: the sentence, and the findings (NULL: none), which
 * stay the caller's.
 */
void publish_end(struct server *server, const struct job *job, const struct fault *fault, const char *sentence,
                 struct content *findings);

#endif

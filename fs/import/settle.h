/*
 * settle: how a request of import/ ends, whoever gives the verdict.
 *
 * With the verdict its name is gone and NAME.answer is there; both before the write is answered, so that whoever sees
 * the write return can use the name again and read the sentence.
 */
#ifndef CERTFS_FS_IMPORT_SETTLE_H
#define CERTFS_FS_IMPORT_SETTLE_H

#include "fs/import/drops.h"
#include "fs/state/server.h"

/* Puts a sentence into NAME.answer, and the findings below it; NULL for none. The lock of drops is held. */
void settle_answer(struct server *server, const struct drop *drop, const char *sentence, struct content *findings);

/* Refuses a file that nobody judges: verdict, record, answer; the name is gone. The lock of drops is held. */
void settle_refuse(struct server *server, struct drop *drop, const struct fault *fault);

/* A file is judged: answer, and the name is gone. The verdict itself is given by whoever answers the write. */
void settle_judged(struct server *server, struct drop *drop, const char *sentence, struct content *findings);

/* For upkeep: refuses the files whose time is over. Milliseconds until there are more, -1 for none. */
int settle_expired(struct server *server);

#endif

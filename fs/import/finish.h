/*
 * finish: how a request of import/ ends, whoever gives the verdict.
 *
 * With the verdict its name is gone and NAME.answer is there; both before the write is answered, so that whoever sees
 * the write return can use the name again and read the sentence.
 */
#ifndef CERTFS_FS_IMPORT_FINISH_H
#define CERTFS_FS_IMPORT_FINISH_H

#include "fs/import/pending.h"
#include "fs/state/server.h"

/* Puts a sentence into NAME.answer, and the findings below it; NULL for none. The lock of drops is held. */
void finish_answer(struct server *server, const struct import_file *file, const char *sentence,
                   struct content *findings);

/* Refuses a file that nobody judges: verdict, record, answer; the name is gone. The lock of drops is held. */
void finish_refuse(struct server *server, struct import_file *file, const struct fault *fault);

/* A file is judged: answer, and the name is gone. The verdict itself is given by whoever answers the write. */
void finish_judged(struct server *server, struct import_file *file, const char *sentence, struct content *findings);

/* For upkeep: refuses the files whose time is over. Milliseconds until there are more, -1 for none. */
int finish_expired(struct server *server);

#endif

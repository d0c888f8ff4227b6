/*
 * finish: the end of a request of import/.
 *
 * With the verdict its name is gone and NAME.answer is there, both before the write is answered: as soon as the write
 * returns, the name can be used again and the answer read.
 */
#ifndef CERTFS_FS_IMPORT_FINISH_H
#define CERTFS_FS_IMPORT_FINISH_H

#include "fs/import/pending.h"
#include "fs/state/server.h"

/* Puts a sentence into NAME.answer, and the findings below it; NULL for none. The lock of pending.h is held. */
void finish_answer(struct server *server, const struct import_file *file, const char *sentence,
                   struct content *findings);

/* Refuses a file that is not being judged: verdict, record, answer; removes the name. The lock of pending.h is held. */
void finish_refuse(struct server *server, struct import_file *file, const struct fault *fault);

/* A file is judged: puts the answer and removes the name. The thread that answers the write sets the verdict. */
void finish_judged(struct server *server, struct import_file *file, const char *sentence, struct content *findings);

/* For upkeep: refuses the files whose time is over. Returns the milliseconds until the next one's is, -1 for none. */
int finish_expired(struct server *server);

#endif

/*
 * endings: says in the log, and as problems, that the end of a set comes near or has come.
 *
 * The dates of a set are kept with it, so that nothing is read or decoded for this.
 */
#ifndef CERTFS_FS_WORKER_ENDINGS_H
#define CERTFS_FS_WORKER_ENDINGS_H

#include "fs/state/server.h"

enum { ENDINGS_PERIOD = 3600 }; /* seconds: so often they are looked for */

/*
 * Says of each set what is to be warned of at the time `now` and was not at the time `since`, the first some of them by
 * name; what would be refused now is a problem until it is replaced. Seconds since the epoch; 0: this is the start, and
 * whoever calls says what the problems are.
 */
void endings_tell(const struct server *server, struct problems *problems, int64_t since, int64_t now);

#endif

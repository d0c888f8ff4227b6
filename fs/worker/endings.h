/*
 * endings: reports in the log, and as problems, that the end of a set comes near or has come.
 *
 * The dates of a set are kept with it, so that nothing is read or decoded for this.
 */
#ifndef CERTFS_FS_WORKER_ENDINGS_H
#define CERTFS_FS_WORKER_ENDINGS_H

#include "fs/state/server.h"

enum { ENDINGS_PERIOD = 3600 }; /* seconds: so often they are looked for */

/*
 * Reports of each set the warnings at the time `now` that did not hold at the time `since`, the first some of them by
 * name; what would be refused now is a problem until it is replaced. Seconds since the epoch; 0: this is the start, and
 * the caller reports the problems.
 */
void endings_report(const struct server *server, struct problems *problems, int64_t since, int64_t now);

#endif

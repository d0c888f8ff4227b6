/*
 * zygotes: starts the process from which judges are forked (fs/judge/zygote.h), one at a time, and ends it.
 */
#ifndef CERTFS_FS_SUPERVISOR_ZYGOTES_H
#define CERTFS_FS_SUPERVISOR_ZYGOTES_H

#include <stdbool.h>

#include "core/base/fault.h"
#include "fs/host/account.h"

struct zygotes {
    struct account user; /* that it becomes, where certfs is root */
    bool foreground;     /* a sanitizer's reports go to standard error */
    pid_t pid;           /* 0: there is none */
};

/* Chooses the user, as below, and starts none. Fault: system (no such id). */
MUST_CHECK int zygotes_choose(struct zygotes *zygotes, bool foreground, struct fault *f);

/*
 * Chooses the user, certfs-judge if there is one, else the highest of the ids below nobody's that no account has, and
 * starts the first zygote. `ret_line` gets the worker's end of its line. Faults: system (with errno, or no such id).
 */
MUST_CHECK int zygotes_first(struct zygotes *zygotes, bool foreground, int *ret_line, struct fault *f);

/*
 * Kills the zygote if there is one, and starts another, as answers_zygote: returns the worker's end of its line, or -1
 * with errno. Does not wait for the new one: it reports over its line whether it is ready (fs/judge/orders.h).
 */
MUST_CHECK int zygotes_start(void *zygotes);

/* Raises the priority of zygote and judge to that of this process. -1 with errno: EACCES for an ordinary user. */
MUST_CHECK int zygotes_hurry(const struct zygotes *zygotes);

/* Kills it and its judge without waiting: zygotes_reap, zygotes_start or zygotes_end does. */
void zygotes_abandon(const struct zygotes *zygotes);

/* Reaps it if it has ended. */
void zygotes_reap(struct zygotes *zygotes);

/* Ends the zygote, which ends its judge. After the worker has ended it ends by itself. */
void zygotes_end(struct zygotes *zygotes);

#endif

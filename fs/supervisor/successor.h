/*
 * successor: the supervisor executes another program in its place, which goes on with the text of resumption.h.
 */
#ifndef CERTFS_FS_SUPERVISOR_SUCCESSOR_H
#define CERTFS_FS_SUPERVISOR_SUCCESSOR_H

#include <stdbool.h>

#include "fs/supervisor/service.h"
#include "fs/upgrade/resume.h"

/*
 * Executes the program `executable`. Returns only if that fails, with a fault (system, no_memory); nothing has changed
 * then. `failure`: why a reload has failed, for the program before, which goes on; NULL: this one is kept as that.
 */
void successor_execute(struct supervisor *supervisor, int executable, const char *failure, struct fault *f);

/* Whether this process was executed to go on: then its text is read. Removes it from the environment. */
bool successor_is_called(struct resume *ret);

/* Executes the program before again, since this one cannot read its text. Returns if that is not possible either. */
void successor_abandon(const struct supervisor *supervisor, struct resume *resume, const char *why);

#endif

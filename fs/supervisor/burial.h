/*
 * burial: what is done with a worker of which nothing can act now.
 */
#ifndef CERTFS_FS_SUPERVISOR_BURIAL_H
#define CERTFS_FS_SUPERVISOR_BURIAL_H

#include "fs/supervisor/service.h"

/* Closes its channels, kills its zygote, and keeps in `succession` how it ended, as far as that is known. */
void burial_of_worker(struct supervisor *supervisor);

/* Reaps processes and relays log lines of workers that are buried, as far as that is possible now. */
void burial_finish(struct supervisor *supervisor);

#endif

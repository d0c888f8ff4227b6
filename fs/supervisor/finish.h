/*
 * finish: the end of certfs.
 */
#ifndef CERTFS_FS_SUPERVISOR_FINISH_H
#define CERTFS_FS_SUPERVISOR_FINISH_H

#include "fs/supervisor/service.h"

/* Unmounts, and ends the worker and all other processes. Returns the exit status. */
int finish_all(struct supervisor *supervisor, enum ending ending);

#endif

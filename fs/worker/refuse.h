/*
 * refuse: a worker without sets, for the time in which no other one can be had: nobody waits, everybody gets EIO.
 */
#ifndef CERTFS_FS_WORKER_REFUSE_H
#define CERTFS_FS_WORKER_REFUSE_H

#include "fs/takeover/shared.h"

/*
 * Answers with EIO what the last worker has not answered, and then whatever comes, until the file system is unmounted.
 * For a process that the supervisor forks when there is no other worker. Returns 0 when it was unmounted, -1 with errno
 * set when reading failed otherwise.
 */
int refuse_all(int fuse_fd, struct shared *shared);

#endif

/*
 * worker: the process that serves the mount and does all the work on what comes from outside.
 *
 * The FUSE thread (main) reads requests and never blocks. Beside it run the importer (importer.h), upkeep (upkeep.h),
 * the notifier's threads (notifier.h) and that of the texts (render.h).
 */
#ifndef CERTFS_FS_WORKER_WORKER_H
#define CERTFS_FS_WORKER_WORKER_H

#include "fs/disk/disk.h"
#include "fs/host/channel.h"
#include "fs/options/options.h"
#include "fs/report/problems.h"
#include "fs/takeover/shared.h"

/*
 * Loads what the store in `disk` holds, then serves the already mounted descriptor `fuse_fd` until it is unmounted;
 * talks to the supervisor over `channels`. Sends CHANNEL_READY once the kernel's first request is answered,
 * CHANNEL_FAILED if it cannot start. `problems` holds what the supervisor found, `shared` what an earlier
 * worker left. Returns the exit status of the
 * process.
 */
int worker_run(const struct options *options, const struct disk *disk, struct problems *problems, struct shared *shared,
               int fuse_fd, struct channel_ends channels);

#endif

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
#include "fs/host/namespaces.h"
#include "fs/options/options.h"
#include "fs/report/problems.h"
#include "fs/takeover/shared.h"

/* Everything that the supervisor gives to a worker, borrowed. */
struct worker_task {
    const struct options *options;
    const struct disk *disk;
    struct problems *problems; /* that the supervisor found */
    struct shared *shared;     /* what an earlier worker left */
    struct namespaces namespaces;
    int fuse;    /* the mounted descriptor */
    bool scouts; /* it is for a scout (scout.h) */
    struct channel_ends channels;
};

/*
 * Loads what the store holds, then serves the mount until it is unmounted; talks to the supervisor over the channels.
 * Sends CHANNEL_READY once it answers requests, CHANNEL_FAILED if it cannot start. Returns the exit status of the
 * process.
 */
int worker_run(struct worker_task *task);

#endif

/*
 * scout: whether a worker of this program could follow one that still serves.
 *
 * It gives up what a worker gives up, waits for the parent of judges, and opens the records of STORE, beside the worker
 * that serves: it changes nothing, and touches neither the mount nor what outlives a worker.
 */
#ifndef CERTFS_FS_WORKER_SCOUT_H
#define CERTFS_FS_WORKER_SCOUT_H

#include "fs/worker/worker.h"

/* Sends CHANNEL_READY or CHANNEL_FAILED over the channels. Returns the exit status of the process. */
int scout_run(struct worker_task *task);

#endif

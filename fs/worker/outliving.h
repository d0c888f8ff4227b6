/*
 * outliving: what of the worker outlives it: the sections of the shared memory (fs/takeover/shared.h).
 */
#ifndef CERTFS_FS_WORKER_OUTLIVING_H
#define CERTFS_FS_WORKER_OUTLIVING_H

#include "core/base/cleanup.h"
#include "fs/takeover/shared.h"

/* One row for each section; returns how many. */
size_t outliving_rows(const struct shared_row **ret);

/* The memory for the first worker. Faults as shared_new. */
MUST_CHECK int outliving_new(struct shared **ret, struct fault *f);

#endif

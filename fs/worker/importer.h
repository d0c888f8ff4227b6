/*
 * importer: the thread that has documents judged, seals, publishes, and answers the writes that change nothing.
 *
 * A write that has changed something is answered by upkeep.h, once the kernel has heard of the change: the importer
 * goes on with the next document meanwhile. Nothing waits for the importer but the writes that it serves, and these
 * only as long as upkeep.h lets them.
 */
#ifndef CERTFS_FS_WORKER_IMPORTER_H
#define CERTFS_FS_WORKER_IMPORTER_H

#include "core/base/cleanup.h"
#include "fs/state/server.h"

struct importer;

/* Fault: no_memory, system (with errno). */
MUST_CHECK int importer_start(struct server *server, struct importer **ret, struct fault *f);

/*
 * Ends the thread, after what is being committed. False if that takes too long (the judge, or the disk): the thread
 * runs on, and nothing that it uses may be released. Accepts NULL.
 */
MUST_CHECK bool importer_stop(struct importer *importer);

#endif

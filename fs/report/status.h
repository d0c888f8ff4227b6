/*
 * status: the text of `last` and `status`. Public values only, never a byte of a key.
 */
#ifndef CERTFS_FS_REPORT_STATUS_H
#define CERTFS_FS_REPORT_STATUS_H

#include "core/base/cleanup.h"
#include "core/registry/registry.h"
#include "fs/report/audit.h"
#include "fs/report/inflight.h"
#include "fs/report/journal.h"
#include "fs/report/problems.h"
#include "fs/takeover/cells.h"

#define CERTFS_VERSION "0.1.0"

/* The sources of the texts. All are borrowed. */
struct status_source {
    const char *store; /* as on the command line */
    struct problems *problems;
    struct registry *registry;
    struct journal *journal;
    struct audit *audit;
    struct inflight *inflight; /* NULL: in_flight is empty */
    struct cells ends;         /* of workers that were replaced (ends.h); all zero: of none */
    int64_t (*clock)(void);    /* the time, seconds since the epoch; NULL: time(2) */
};

/* The current time of the source. */
int64_t status_now(const struct status_source *source);

/* Writes `last`: one sentence, then a line for each warning and repair. Fault: no_memory. */
MUST_CHECK int status_write_last(const struct status_source *source, struct buf *ret, struct fault *f);

/* Writes `status`: indented JSON and a newline. Fault: no_memory. */
MUST_CHECK int status_write(const struct status_source *source, struct buf *ret, struct fault *f);

#endif

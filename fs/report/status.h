/*
 * status: the text of `last` and `status`. Public values only, never a byte of a key.
 */
#ifndef CERTFS_FS_REPORT_STATUS_H
#define CERTFS_FS_REPORT_STATUS_H

#include "core/registry/registry.h"
#include "fs/report/audit.h"
#include "fs/report/inflight.h"
#include "fs/report/journal.h"
#include "fs/report/problems.h"

#define CERTFS_VERSION "0.1.0"

/* What status tells about. */
struct status_source {
    const char *store; /* as on the command line */
    struct problems *problems;
    struct registry *registry;
    struct journal *journal;
    struct audit *audit;
    struct inflight *inflight; /* NULL: none is told of */
    int64_t (*clock)(void);    /* the time of day, seconds since the epoch; NULL: the system's */
};

/* The time at which the source is told. */
int64_t status_now(const struct status_source *source);

/* One sentence and a newline. Faults: no_memory. */
MUST_CHECK int status_write_last(const struct status_source *source, struct buf *ret, struct fault *f);

/* Indented JSON and a newline. Faults: no_memory. */
MUST_CHECK int status_write(const struct status_source *source, struct buf *ret, struct fault *f);

#endif

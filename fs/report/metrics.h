/*
 * metrics: the text of `metrics`, Prometheus text format 0.0.4. Labels never carry names from certificates.
 */
#ifndef CERTFS_FS_REPORT_METRICS_H
#define CERTFS_FS_REPORT_METRICS_H

#include "core/base/cleanup.h"
#include "fs/report/status.h"

/* Fault: no_memory. */
MUST_CHECK int metrics_write(const struct status_source *source, struct buf *ret, struct fault *f);

#endif

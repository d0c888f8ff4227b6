/*
 * rds: the actions on a set of three files: rds_import_binlog_ssl_material, rds_remove_binlog_ssl_material, and
 * RestorePrevious, which AWS does not have.
 */
#ifndef CERTFS_CORE_ACTION_RDS_H
#define CERTFS_CORE_ACTION_RDS_H

#include "core/action/context.h"
#include "core/action/outcome.h"
#include "core/base/cleanup.h"

/* Faults: as registry_restore, registry_remove. */
MUST_CHECK int rds_restore_previous(const struct request_context *context, struct outcome *o, struct fault *f);
MUST_CHECK int rds_remove(const struct request_context *context, struct outcome *o, struct fault *f);

/*
 * Whether the set is served with all three files, so that a replica can present it. Changes nothing; the sentence of
 * the outcome describes what is served. Fault: not_found, with what to do.
 */
MUST_CHECK int rds_describe(const struct request_context *context, struct outcome *o, struct fault *f);

#endif

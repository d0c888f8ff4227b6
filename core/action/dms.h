/*
 * dms: the actions of AWS DMS's certificate family, by its service model: ImportCertificate,
 * DescribeCertificates, DeleteCertificate, AddTagsToResource, ListTagsForResource, RemoveTagsFromResource.
 *
 * Each fills the outcome's document with the operation's output.
 */
#ifndef CERTFS_CORE_ACTION_DMS_H
#define CERTFS_CORE_ACTION_DMS_H

#include "core/action/context.h"
#include "core/action/outcome.h"
#include "core/base/cleanup.h"

enum { DMS_RECORDS_DEFAULT = 10, DMS_RECORDS_MAX = 100 };

/* {"Certificate": {...}}, the output of ImportCertificate; left out if allocating it fails. */
void dms_answer(const struct generation *generation, struct outcome *o);

/* Faults: wrong_type, missing_field, not_found (a filter that nothing passes), no_memory. */
MUST_CHECK int dms_describe(const struct request_context *context, struct outcome *o, struct fault *f);

/* Faults: as registry_remove; no_memory. */
MUST_CHECK int dms_delete(const struct request_context *context, struct outcome *o, struct fault *f);

/* Faults: as tags_add, registry_retag. */
MUST_CHECK int dms_add_tags(const struct request_context *context, struct outcome *o, struct fault *f);
MUST_CHECK int dms_remove_tags(const struct request_context *context, struct outcome *o, struct fault *f);

/* Faults: not_found, no_memory. */
MUST_CHECK int dms_list_tags(const struct request_context *context, struct outcome *o, struct fault *f);

#endif

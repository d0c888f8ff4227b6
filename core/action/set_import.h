/*
 * set_import: the steps of an import behind the look-up: build, commit, answer. execute.c has them in their order.
 */
#ifndef CERTFS_CORE_ACTION_SET_IMPORT_H
#define CERTFS_CORE_ACTION_SET_IMPORT_H

#include "core/action/context.h"
#include "core/action/outcome.h"
#include "core/base/cleanup.h"

/*
 * Checks what the name of the set and the policy allow, then has the set judged (judging.h) and builds the material.
 * Faults: as build_judge, build_material; exists and quota, for named sets; key_not_accessible (what cannot be a key's
 * name), wrong_type.
 */
MUST_CHECK int set_import_build(const struct request_context *context, struct material **ret, struct fault *f);

/*
 * Makes the material current in the set, and fills the outcome. Faults: as registry_commit, tags_add; the permit's.
 */
MUST_CHECK int set_import_commit(const struct request_context *context, struct material *material, struct outcome *o,
                                 struct fault *f);

#endif

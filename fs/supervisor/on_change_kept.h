/*
 * on_change_kept: the state of on_change.h, for another program that goes on with it.
 */
#ifndef CERTFS_FS_SUPERVISOR_ON_CHANGE_KEPT_H
#define CERTFS_FS_SUPERVISOR_ON_CHANGE_KEPT_H

#include "core/base/cleanup.h"
#include "fs/supervisor/on_change.h"
#include "fs/upgrade/resume.h"

/* Whether nothing is left that the text has no member for: a report that nobody has fetched. */
bool on_change_can_be_kept(const struct on_change *hook);

/* Appends the run and those that wait. Faults as resume_add. */
MUST_CHECK int on_change_keep(const struct on_change *hook, struct resume *resume, struct fault *f);

/* Continues them; after on_change_init. Without memory for all, those that wait share one run. */
void on_change_continue(struct on_change *hook, struct resume *resume, int64_t now_ms);

#endif

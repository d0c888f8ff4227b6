/*
 * policy: the options that say on which terms documents are taken, and through which door.
 *
 * quota=, region= and account= hold for every document; sql_import= opens import/ for one set, and import_group= says
 * who may create files there.
 */
#ifndef CERTFS_FS_OPTIONS_POLICY_H
#define CERTFS_FS_OPTIONS_POLICY_H

#include "core/action/execute.h"
#include "fs/options/options.h"

/* The value of import_group while it is not given: chown(2)'s "leave it", which is no group. */
#define POLICY_NO_GROUP ((gid_t)-1)

/* What holds for a host that does not say otherwise. */
void policy_set_defaults(struct options *options);

/* One for each option: reads its value. Faults: usage, system (an unknown group). */
MUST_CHECK int policy_read_sql_import(const char *value, struct options *ret, struct fault *f);
MUST_CHECK int policy_read_import_group(const char *value, struct options *ret, struct fault *f);
MUST_CHECK int policy_read_quota(const char *value, struct options *ret, struct fault *f);
MUST_CHECK int policy_read_region(const char *value, struct options *ret, struct fault *f);
MUST_CHECK int policy_read_account(const char *value, struct options *ret, struct fault *f);

/* When all are read and the owner is known: the owner and the group of import/. Fault: usage (a group without a
 * directory). */
MUST_CHECK int policy_complete(struct options *options, struct fault *f);

/* Whether there is an import/. */
bool policy_have_import(const struct options *options);

/* The terms of control, and of import/ where there is one. They borrow from the options. */
struct policy policy_of_control(const struct options *options);
struct policy policy_of_import(const struct options *options);

/* What an operator should hear about these options at start; NULL for nothing. */
const char *policy_problem(const struct options *options);

#endif

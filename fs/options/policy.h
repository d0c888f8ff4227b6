/*
 * policy: the options that restrict requests.
 *
 * quota=, region= and account= hold for every request; sql_import= creates import/ for one set, and import_group= is
 * the group that may create files there.
 */
#ifndef CERTFS_FS_OPTIONS_POLICY_H
#define CERTFS_FS_OPTIONS_POLICY_H

#include "core/action/context.h"
#include "core/base/cleanup.h"
#include "fs/options/options.h"

/* import_group is not given: chown(2)'s "unchanged", which is not a group. */
#define POLICY_NO_GROUP ((gid_t)-1)

void policy_set_defaults(struct options *options);

/* Each reads the value of an option. Faults: usage, system (an unknown group). */
MUST_CHECK int policy_read_sql_import(const char *value, struct options *ret, struct fault *f);
MUST_CHECK int policy_read_import_group(const char *value, struct options *ret, struct fault *f);
MUST_CHECK int policy_read_quota(const char *value, struct options *ret, struct fault *f);
MUST_CHECK int policy_read_region(const char *value, struct options *ret, struct fault *f);
MUST_CHECK int policy_read_account(const char *value, struct options *ret, struct fault *f);

/* Sets the owner and the group of import/ once `owner_group` is set. Fault: usage (import_group= alone). */
MUST_CHECK int policy_complete(struct options *options, struct fault *f);

bool policy_have_import(const struct options *options);

/* The policy of control, and of import/ if there is one. They borrow from the options. */
struct policy policy_of_control(const struct options *options);
struct policy policy_of_import(const struct options *options);

/* A problem to report at the start; NULL for none. */
const char *policy_problem(const struct options *options);

#endif

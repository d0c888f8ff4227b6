/*
 * worker_user: the option worker_user=, the user of the process that serves, and of STORE.
 */
#ifndef CERTFS_FS_OPTIONS_WORKER_USER_H
#define CERTFS_FS_OPTIONS_WORKER_USER_H

#include "core/base/cleanup.h"
#include "fs/options/options.h"

struct fault;

/* Reads the value of the option. Faults as account_parse. */
MUST_CHECK int worker_user_read(const char *value, struct options *ret, struct fault *f);

/*
 * Chooses the user if none was given, once the owners are set: root has certfs, or stays root if there is no such user
 * or if it owns files of the mount; an ordinary user stays itself. Fault: usage (a given user that others use as well:
 * an owner, nobody, that of the judge; the group of root; another user in a mount of an ordinary user).
 */
MUST_CHECK int worker_user_complete(struct options *options, struct fault *f);

/* A remark for a mount of root whose worker stays root; NULL for none. */
const char *worker_user_remark(const struct options *options);

#endif

/*
 * account: users and groups named on the command line.
 */
#ifndef CERTFS_FS_HOST_ACCOUNT_H
#define CERTFS_FS_HOST_ACCOUNT_H

#include <sys/types.h>

#include "core/base/fault.h"

struct account {
    uid_t user;
    gid_t group;
};

/*
 * Reads USER or USER:GROUP, each a name or a number. Names must exist. Without GROUP the user's primary group is used,
 * so a number without a passwd(5) entry needs a GROUP. `option` is the option's name for the message ("owner").
 * Faults: usage (an empty part, a number out of range), system (unknown user or group).
 */
MUST_CHECK int account_parse(const char *option, const char *text, struct account *ret, struct fault *f);

/* Reads a GROUP, a name or a number. Faults: usage (empty, a number out of range), system (unknown group). */
MUST_CHECK int account_parse_group(const char *option, const char *text, gid_t *ret, struct fault *f);

/* The real user and group of this process. */
struct account account_of_process(void);

/* The user of this name and its primary group. Returns -1 without a fault if there is none. */
MUST_CHECK int account_find(const char *name, struct account *ret);

/* The highest id from `first` to `last` that is of no user and of no group, as both. Returns -1 if there is none. */
MUST_CHECK int account_find_unused(uid_t first, uid_t last, struct account *ret);

#endif

/*
 * credentials: the user, the groups and the capabilities of this process.
 */
#ifndef CERTFS_FS_HOST_CREDENTIALS_H
#define CERTFS_FS_HOST_CREDENTIALS_H

#include <stdbool.h>

#include "core/base/cleanup.h"
#include "fs/host/account.h"

/*
 * Gives up all capabilities, those of the bounding and the ambient set included. An ordinary user keeps its bounding
 * set, which only the capability CAP_SETPCAP can change. Returns -1 with errno.
 */
MUST_CHECK int credentials_drop_capabilities(void);

/*
 * As root: this process becomes the user and the group, all three ids of each, without supplementary groups, and cannot
 * go back. Keeps no capability unless the user is root. Returns -1 with errno.
 */
MUST_CHECK int credentials_become(const struct account *account);

/* Whether it could: tries it in a child process. A container or a user namespace may not allow it. */
bool credentials_can_become(const struct account *account);

#endif

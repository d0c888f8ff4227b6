/*
 * namespaces: a network and an ipc namespace in which nothing is. The kernel may take tens of milliseconds to make
 * them, so they are made once, and each worker enters them.
 */
#ifndef CERTFS_FS_HOST_NAMESPACES_H
#define CERTFS_FS_HOST_NAMESPACES_H

#include "core/base/cleanup.h"

enum { NAMESPACES = 2, NAMESPACES_REMARK_SIZE = 161 };

/* Descriptors; one that could not be made is -errno. */
struct namespaces {
    int files[NAMESPACES];
};

/* Makes them, for root; starts a thread for that, and waits for its end. The caller stays in its own namespaces. */
void namespaces_make(struct namespaces *ret);

/*
 * The process, which has one thread, enters the namespace with this number and closes its descriptor. Returns -1 and a
 * remark if it has none of its own now.
 */
MUST_CHECK int namespaces_enter(struct namespaces *namespaces, int number, char ret[static NAMESPACES_REMARK_SIZE]);

#endif

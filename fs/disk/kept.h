/*
 * kept: tells as problems which served sets a restart would not serve, because of a record or of a key-encryption key.
 *
 * A look costs a bounded number of calls of the disk, whatever number of sets there is: those go in turn.
 */
#ifndef CERTFS_FS_DISK_KEPT_H
#define CERTFS_FS_DISK_KEPT_H

#include <stdint.h>

#include "core/registry/registry.h"
#include "fs/report/problems.h"

enum {
    KEPT_SETS_MAX = 256, /* looked at in one look, without opening their records */
    KEPT_OPENED_MAX = 8, /* records opened in one look, beside those of sets that are reported already */
    KEPT_REPORTED_MAX = 8,
};

struct kept {
    struct registry *registry; /* NULL: nothing is looked at */
    uint64_t last;             /* the set that was looked at last; 0: begin anew */
    uint64_t reported[KEPT_REPORTED_MAX];
    size_t count;
};

/* In the thread that changes the registry. */
void kept_check(struct kept *kept, struct problems *problems);

#endif

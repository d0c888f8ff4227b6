/*
 * kept: reports served sets that a restart would not serve, because of their record or key-encryption key, as problems.
 *
 * One check makes a bounded number of system calls, however many sets there are: named sets are checked in turn.
 */
#ifndef CERTFS_FS_DISK_KEPT_H
#define CERTFS_FS_DISK_KEPT_H

#include <stdint.h>

#include "core/registry/registry.h"
#include "fs/report/problems.h"

enum {
    KEPT_SETS_MAX = 256, /* checked at once, without opening their records */
    KEPT_OPENED_MAX = 8, /* records opened in one check, besides those of reported sets */
    KEPT_REPORTED_MAX = 8,
};

struct kept {
    struct registry *registry; /* NULL: checks do nothing */
    uint64_t last;             /* the set that was checked last; 0: start from the first */
    uint64_t reported[KEPT_REPORTED_MAX];
    size_t count;
};

/* Other findings of the same check, so that each cause is one problem. */
struct kept_found {
    bool store_unusable; /* the worker may not use STORE: nothing is known of the records */
    bool keys_reported;  /* wrong owners and modes of keys, or of their directory, are reported */
};

/* Call these in the thread that changes the registry. */
void kept_check(struct kept *kept, const struct kept_found *found, struct problems *problems);

/* Sets a problem about a served set, which ends when a check finds its record good; none if there is no space. */
void kept_note(struct kept *kept, uint64_t set, const char *sentence, struct problems *problems);

#endif

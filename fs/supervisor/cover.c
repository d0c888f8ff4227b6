#include "fs/supervisor/cover.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/fault.h"
#include "fs/disk/leftovers.h"
#include "fs/host/log.h"
#include "fs/options/options.h"
#include "fs/supervisor/guard.h"
#include "fs/supervisor/mountpoint.h"

/* Detects STORE and MOUNTPOINT in the wrong order. A STORE with records is always accepted. */
static int cover_check_swapped(int store, int place, struct fault *f)
{
    if (store < 0 || leftovers_are_records(store))
        return 0;
    if (leftovers_are_records(place))
        return fault_set(f, REASON_USAGE, "",
                         "MOUNTPOINT holds records and STORE none: are they swapped? It is certfs STORE MOUNTPOINT");
    if (guard_is_set(store))
        return fault_set(f, REASON_USAGE, "",
                         "STORE is immutable, as --guard makes a MOUNTPOINT: swapped? It is certfs STORE MOUNTPOINT");
    return 0;
}

/* Copying or removing STORE would include the mount. */
static void cover_report_inside(const struct options *options, struct problems *problems)
{
    size_t length = strlen(options->store);
    if (strncmp(options->mountpoint, options->store, length) == 0 && options->mountpoint[length] == '/')
        problems_add(problems,
                     "MOUNTPOINT lies inside STORE, so a backup of STORE copies the key in clear: move one of "
                     "them");
}

int cover_mountpoint(const struct options *options, struct disk *disk, struct problems *problems, struct mounting *ret,
                     struct fault *f)
{
    unsigned replaced = 0;
    int cleared = mountpoint_clear(options->mountpoint, &replaced, f);
    if (replaced > 0)
        log_stderr("a dead certfs was mounted at %s; it is detached and replaced", options->mountpoint);
    if (cleared != 0)
        return -1;
    disk_check_paths(options, disk);
    CLEANUP(close_fd) int place = leftovers_open(options->mountpoint);
    if (cover_check_swapped(disk->store, place, f) != 0)
        return -1;
    if (disk_hand_over(options, disk, problems, f) != 0)
        return -1;
    int result = mounting_begin(options, ret, f);
    /* After the mount, when nobody can add files by path. */
    leftovers_report(place, options->mountpoint, problems);
    cover_report_inside(options, problems);
    return result;
}

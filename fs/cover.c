#include "fs/cover.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fs/guard.h"
#include "fs/leftovers.h"
#include "fs/log.h"
#include "fs/mountpoint.h"
#include "fs/way.h"

static void close_fd(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/* A store where the mount belongs, and a place for a mount where the store belongs. What has records is served. */
static int check_swapped(int store, int place, struct fault *f)
{
    if (store < 0 || leftovers_are_records(store))
        return 0;
    if (leftovers_are_records(place))
        return fault_set(f, REASON_WRONG_TYPE, "",
                         "MOUNTPOINT holds records and STORE none: are they swapped? It is certfs STORE MOUNTPOINT");
    if (guard_is_set(store))
        return fault_set(f, REASON_WRONG_TYPE, "",
                         "STORE is immutable, as --guard makes a MOUNTPOINT: swapped? It is certfs STORE MOUNTPOINT");
    return 0;
}

/* No harm yet, but whoever copies or removes the store goes through the mount. */
static void report_inside(const struct options *options, struct problems *problems)
{
    size_t length = strlen(options->store);
    if (strncmp(options->mountpoint, options->store, length) == 0 && options->mountpoint[length] == '/')
        problems_add(problems,
                     "MOUNTPOINT lies inside STORE, so a backup of STORE copies the key in clear: move one of "
                     "them");
}

/*
 * Not refused: what was served yesterday is served today. This looks at MOUNTPOINT itself, which hangs where a certfs
 * that is stopped is mounted: only when nothing is, and before our own mount is there.
 */
static void report_ways(const struct options *options, struct problems *problems)
{
    const struct {
        const char *name, *path;
    } places[] = {{"STORE", options->store}, {"kek_dir", options->kek_dir}, {"MOUNTPOINT", options->mountpoint}};
    char culprit[PATH_MAX], sentence[FAULT_MESSAGE_SIZE];
    struct stat facts;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (places[i].path[0] != '/' || way_check(places[i].path, geteuid(), &facts, culprit) != WAY_UNSAFE)
            continue;
        snprintf(sentence, sizeof(sentence), "others can write or replace %.50s, which leads to %s", culprit,
                 places[i].name);
        problems_add(problems, sentence);
    }
}

int cover_place(const struct options *options, int store, struct problems *problems, struct mounting *ret,
                struct fault *f)
{
    unsigned replaced = 0;
    int cleared = mountpoint_clear(options->mountpoint, &replaced, f);
    if (replaced > 0)
        log_say("a dead certfs was mounted at %s; it is detached and replaced", options->mountpoint);
    if (cleared != 0)
        return -1;
    report_ways(options, problems);
    CLEANUP(close_fd) int place = leftovers_open(options->mountpoint);
    if (check_swapped(store, place, f) != 0)
        return -1;
    int result = mounting_begin(options, ret, f);
    /* Once it is covered nothing can be written there any more by its name. */
    leftovers_report(place, options->mountpoint, problems);
    report_inside(options, problems);
    return result;
}

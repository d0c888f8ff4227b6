/*
 * watch: whether the store and the keys are where and as they should be, at the start and for as long as the worker
 * runs: what is mended is no problem any more, and what breaks meanwhile is one.
 */
#ifndef CERTFS_FS_DISK_WATCH_H
#define CERTFS_FS_DISK_WATCH_H

#include <stdint.h>
#include <time.h>

#include "core/base/directory.h"
#include "core/store/filename.h"
#include "fs/disk/disk.h"
#include "fs/disk/kept.h"
#include "fs/report/problems.h"

enum { WATCH_MS = 3000, WATCH_RECORDS_MAX = 32, WATCH_UNOPENED_MAX = 8 };

/* A file of the store that something was wrong with at the start: while it is there, that stays a problem. */
struct watch_record {
    char name[FILENAME_DIGITS + 1];
    ino_t inode;
};

struct watch {
    const struct options *options;
    struct problems *problems;
    int store; /* these two: descriptors of its own, -1 where there is none */
    int keys;
    struct directory_place store_place;
    struct directory_place keys_place;
    int64_t interval;       /* ms */
    int64_t due;            /* ms of the steady clock */
    struct timespec listed; /* when the store had changed last when it was listed */
    struct watch_record records[WATCH_RECORDS_MAX];
    size_t count;
    size_t unlisted; /* records beyond WATCH_RECORDS_MAX */
    char unopened[WATCH_UNOPENED_MAX]
                 [FILENAME_DIGITS + 1]; /* the records of those that were put aside and are listed */
    size_t unopened_count;
    struct kept kept;
};

/* Descriptors are duplicated; `options` and `problems` are borrowed. Fault: system. */
MUST_CHECK int watch_open(const struct disk *disk, const struct options *options, struct problems *problems,
                          struct watch *ret, struct fault *f);
void watch_close(struct watch *watch);

/* From now on also at what this registry serves, borrowed: watch_check and the like are for the thread that changes it.
 */
void watch_serve(struct watch *watch, struct registry *registry);

/* The shape of load.h's report, for a struct watch. */
void watch_note_record(void *context, const char *name, const char *sentence);

/*
 * A set has changed: what was wrong with its record may be mended. Looks at everything then, else at nothing. Calls of
 * the disk, in the thread of watch_check.
 */
void watch_changed(struct watch *watch, const char *identifier);

/* Looks at everything. Calls of the disk: not for the FUSE thread. */
void watch_check(struct watch *watch);

/* The same when it is time. Returns the milliseconds until the next time, -1 where there is nothing to look at. */
int watch_step(struct watch *watch, int64_t now_ms);

#endif

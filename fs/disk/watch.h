/*
 * watch: checks the store and the keys, at the start and while the worker runs, and updates the problems.
 */
#ifndef CERTFS_FS_DISK_WATCH_H
#define CERTFS_FS_DISK_WATCH_H

#include <stdint.h>
#include <time.h>

#include "core/base/cleanup.h"
#include "core/store/filename.h"
#include "fs/disk/disk.h"
#include "fs/disk/kept.h"
#include "fs/report/problems.h"

enum { WATCH_MS = 3000, WATCH_RECORDS_MAX = 32, WATCH_UNOPENED_MAX = 8 };

/* A file of the store with a problem at the start, which ends when the file is replaced or removed. */
struct watch_record {
    char name[FILENAME_DIGITS + 1];
    ino_t inode;
};

struct watch {
    const struct options *options;
    struct problems *problems;
    struct ask *ask;
    int store;              /* owned; -1 if there is none */
    uid_t user;             /* whose the keys should be */
    int64_t interval;       /* ms */
    int64_t due;            /* ms of CLOCK_MONOTONIC */
    struct timespec listed; /* mtime of the store when it was listed */
    struct watch_record records[WATCH_RECORDS_MAX];
    size_t count;
    size_t unlisted; /* beyond WATCH_RECORDS_MAX */
    char unopened[WATCH_UNOPENED_MAX]
                 [FILENAME_DIGITS + 1]; /* names of records with an .unopened file that is reported */
    size_t unopened_count;
    struct kept kept;
    struct kept_found found; /* by the last check */
};

/* STORE's descriptor is duplicated; `options`, `problems` and `ask` are borrowed. Fault: system. */
MUST_CHECK int watch_open(const struct disk *disk, const struct options *options, struct problems *problems,
                          struct ask *ask, struct watch *ret, struct fault *f);
void watch_close(struct watch *watch);

/* Also checks the sets of this registry, borrowed, from now on; call watch_* in the thread that changes it. */
void watch_serve(struct watch *watch, struct registry *registry);

/* A report callback of load.h; `context` is a struct watch. */
void watch_note_record(void *context, const char *name, const char *sentence);

/* Checks everything if a problem about this set was reported. Accesses the disk. */
void watch_changed(struct watch *watch, const char *identifier);

/* Checks everything. Accesses the disk: not for the FUSE thread. */
void watch_check(struct watch *watch);

/* The same if the interval has passed. Returns the milliseconds until the next check, -1 if there is no store. */
int watch_step(struct watch *watch, int64_t now_ms);

#endif

/*
 * pending: the files of import/ that have no verdict yet, and how many there may be.
 *
 * Each file is one request. It is here from its creation to its verdict; its name is to be found that long, and it
 * counts against the limits. The file itself is as long as somebody has it open, and belongs to its handle.
 *
 * Two threads: the FUSE thread creates, fills and releases files; upkeep, which has the clock, refuses those
 * whose time is over; whoever answers a write takes it out. One lock is over all of it: the table, every member of
 * every file, the uploads of those that are collecting, and answers.h. It is held for the handling of one request or
 * one file, and never while waiting for anything. An upload that is being judged is not the FUSE thread's, as upload.h
 * says. Every function but the first two wants the lock held.
 */
#ifndef CERTFS_FS_IMPORT_PENDING_H
#define CERTFS_FS_IMPORT_PENDING_H

#include "fs/import/answers.h"
#include "fs/state/upload.h"

enum {
    PENDING_MAX = 14,    /* of the 16 documents that may be in flight, control has two for itself */
    PENDING_PER_UID = 8, /* root has no share of its own */
    PENDING_BYTES_PER_UID = 4 * 1024 * 1024,
    PENDING_LIMIT_MS = 30 * 1000, /* from the creation to the last byte */
    PENDING_IDLE_MS = 1000,       /* a file that grows no more for so long may have to go */
};

struct import_file {
    uint64_t inode;
    struct upload *upload; /* borrowed from the handle */
    int64_t created;       /* seconds since the epoch */
    int64_t begun, moved;  /* milliseconds of the steady clock: of the creation, and when it last grew */
    size_t size;           /* bytes that were taken */
    uid_t uid;
    gid_t gid;
    mode_t mode; /* permissions, as the creator wants them; nobody reads, whatever they say */
    bool listed; /* has a name and no verdict */
    char name[ANSWERS_NAME_SIZE];
};

struct pending;

/* A file is refused `limit_ms` after its creation. Fault: no_memory. */
MUST_CHECK int pending_new(int64_t limit_ms, struct pending **ret, struct fault *f);
void pending_freep(struct pending **pending); /* accepts NULL */

void pending_lock(struct pending *pending);
void pending_unlock(struct pending *pending);

/* Lists a file that is new; borrows it. Fault: busy, when its creator or all together have too many. */
MUST_CHECK int pending_add(struct pending *pending, struct import_file *file, struct fault *f);

/*
 * The file that has to go so that this user can have one, when all places are taken; NULL: there are places, or nobody
 * has to go. Of those that are collecting it is the one whose creator has the most, and at least two more than this
 * user; of several the one that has not grown for the longest. A user who has none takes the place of any that has not
 * grown for PENDING_IDLE_MS, and root the place of any.
 */
struct import_file *pending_yielding(const struct pending *pending, uid_t uid, int64_t now);

/*
 * The same of those that are complete and wait for their verdict, for when no other has to go: the newest of the user
 * who has the most. It may be the one that is being judged; then it cannot go.
 */
struct import_file *pending_yielding_complete(const struct pending *pending, uid_t uid);

/* The verdict has fallen: the name is gone. Nothing if it is already. */
void pending_remove(struct pending *pending, struct import_file *file);

/* The listed file of this name, NULL if there is none. */
struct import_file *pending_find(struct pending *pending, const char *name);

/* Whether its creator may have that many more unfinished bytes. Fault: busy. */
MUST_CHECK int pending_check_room(const struct pending *pending, const struct import_file *file, size_t more,
                                  struct fault *f);

/* A file that is still collecting and whose time is over; NULL for none. `now` in milliseconds of the steady clock. */
struct import_file *pending_expired(const struct pending *pending, int64_t now);

/* Milliseconds until the next one's time is over, -1 for none. */
int pending_wait(const struct pending *pending, int64_t now);

#endif

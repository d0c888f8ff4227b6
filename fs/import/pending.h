/*
 * pending: the files of import/ that have no verdict yet, and how many there may be.
 *
 * Each file is one request. It is listed from its creation to its verdict: that long its name is found and it counts
 * against the limits. The file itself lives as long as it is open, and belongs to its handle.
 *
 * The FUSE thread creates, fills and releases files; upkeep refuses those whose time is over; the thread that answers a
 * write removes the file. One lock protects the table, every member of every file, the uploads of those that are
 * collecting, and answer_table.h. It is held for one request or one file. The caller of every function but the first
 * four holds it.
 */
#ifndef CERTFS_FS_IMPORT_PENDING_H
#define CERTFS_FS_IMPORT_PENDING_H

#include "core/base/cleanup.h"
#include "fs/import/answer_table.h"
#include "fs/state/upload.h"

enum {
    PENDING_MAX = 14,    /* of the 16 documents that may be in flight, two are reserved for control */
    PENDING_PER_UID = 8, /* root is not limited */
    PENDING_BYTES_PER_UID = 4 * 1024 * 1024,
    PENDING_LIMIT_MS = 30 * 1000, /* from the creation to the last byte */
    PENDING_IDLE_MS = 1000,       /* a file that has not grown for so long may be evicted */
};

struct import_file {
    uint64_t inode;
    struct upload *upload; /* borrowed from the handle */
    int64_t created;       /* seconds since the epoch */
    int64_t begun, moved;  /* milliseconds of the steady clock: of the creation, and when it last grew */
    size_t size;           /* bytes that were taken */
    uid_t uid;
    gid_t gid;
    mode_t mode; /* permissions; nobody can read the file, whatever they are */
    bool listed; /* has a name and no verdict */
    char name[ANSWER_TABLE_NAME_SIZE];
};

/* A file as it is kept in SHARED_FILES, at the place of its upload. Members are only ever appended. */
struct kept_file {
    int64_t created, begun, moved;
    uint64_t size;
    uint32_t uid, gid, mode;
    char name[ANSWER_TABLE_NAME_SIZE];
};

/* The newest request that removed a name, in SHARED_REMOVED. */
struct kept_removal {
    uint64_t request;
};

struct pending;
struct shared;

/*
 * A file is refused `limit_ms` after its creation. Files are kept in `shared` for a worker that follows; NULL: they are
 * not. Fault: no_memory.
 */
MUST_CHECK int pending_new(const struct shared *shared, int64_t limit_ms, struct pending **ret, struct fault *f);
void pending_freep(struct pending **pending); /* accepts NULL */

void pending_lock(struct pending *pending);
void pending_unlock(struct pending *pending);

/* Lists a new file; borrows it. Fault: busy, if its creator or all users together have too many. */
MUST_CHECK int pending_add(struct pending *pending, struct import_file *file, struct fault *f);

/*
 * The file to evict for a new one of this user, if all places are taken; NULL: there are places, or no file has to go.
 * Among those that are collecting it is a file of the user who has the most, and at least two more than this user; of
 * several, the one that has not grown for the longest. A user who has none may evict any that has not grown for
 * PENDING_IDLE_MS, and root any.
 */
struct import_file *pending_yielding(const struct pending *pending, uid_t uid, int64_t now);

/*
 * The same among those that are complete and wait for their verdict, if the above is NULL: the newest of the user who
 * has the most. It may be the one that is being judged, which cannot be evicted.
 */
struct import_file *pending_yielding_complete(const struct pending *pending, uid_t uid);

/* Keeps a file as it is now. */
void pending_keep(const struct pending *pending, const struct import_file *file);

/*
 * Fills a new file, whose inode and upload the caller has set and restored, with what a worker before this one has
 * kept; it is listed if it has no verdict. False: nothing is kept of it.
 */
bool pending_restore(struct pending *pending, struct import_file *file);

/*
 * Notes that `request` removes a name, before it does; and whether a worker before this one noted it: the request comes
 * again, and the name may be gone already. 0 is no request.
 */
void pending_note_removal(const struct pending *pending, uint64_t request);
bool pending_has_removal(const struct pending *pending, uint64_t request);

/* Removes the name of a file, if it has one. */
void pending_remove(struct pending *pending, struct import_file *file);

/* The listed file of this name, NULL if there is none. */
struct import_file *pending_find(struct pending *pending, const char *name);

/* Whether its creator may have that many more unfinished bytes. Fault: busy. */
MUST_CHECK int pending_check_room(const struct pending *pending, const struct import_file *file, size_t more,
                                  struct fault *f);

/* A file that is still collecting although its time is over; NULL for none. `now` is in ms of the steady clock. */
struct import_file *pending_expired(const struct pending *pending, int64_t now);

/* Milliseconds until the time of the next one is over, -1 for none. */
int pending_wait(const struct pending *pending, int64_t now);

#endif

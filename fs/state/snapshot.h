/*
 * snapshot: a reader that opens several files of a set gets them all of one generation.
 *
 * The rules are at the head of snapshot.c. The FUSE thread uses it for readers; the importer wipes the pins of a
 * removed set; upkeep expires pins and asks whether an import can be answered. It has a lock.
 */
#ifndef CERTFS_FS_STATE_SNAPSHOT_H
#define CERTFS_FS_STATE_SNAPSHOT_H

#include <sys/types.h>

#include "core/base/cleanup.h"
#include "core/set/content.h"
#include "fs/state/pass.h"
#include "fs/takeover/cells.h"

struct snapshots;

/* A reader and the set it reads. A thread is identified by its id; 0 is no identity (a process that our pid namespace
 * does not see). */
struct snapshot_reader {
    pid_t thread;
    uid_t uid;
    uint64_t set;     /* a number for each set; 0 is the root set */
    uint64_t request; /* the kernel's number of the LOOKUP or OPEN; 0: not known */
};

/* Both return a reference, and are called with the lock held. */
struct snapshot_source {
    struct generation *(*current_of)(void *context, uint64_t set); /* NULL: nothing is served */
    struct generation *(*find)(void *context, uint64_t number);    /* NULL: it is gone; for snapshots_restore */
    void *context;
};

enum { SNAPSHOTS_PAUSE_SIZE = 8 };

/* Where pins outlive the worker: PIN_CELLS_COUNT of struct pin_cell, and one of SNAPSHOTS_PAUSE_SIZE bytes. */
struct snapshot_cells {
    struct cells pins, pause;
};

MUST_CHECK int snapshots_new(const struct snapshot_source *source, struct snapshots **ret, struct fault *f);
void snapshots_freep(struct snapshots **snapshots); /* accepts NULL */

/*
 * Takes over what an earlier worker has left in the cells, when that has ended and the registry is loaded, and keeps
 * the pins there from then on. A request with the number of one that the earlier worker has carried out, but not
 * answered, gets the same answer. Fault: no_memory.
 */
MUST_CHECK int snapshots_restore(struct snapshots *snapshots, const struct snapshot_cells *cells, int64_t now,
                                 struct fault *f);

/* The first request after that is about to be handled: until now no worker ran, and passes had no time. */
void snapshots_go_on(struct snapshots *snapshots, int64_t now);

/*
 * LOOKUP: a reference to the generation whose `file` this reader gets, NULL if nothing is served. `now` is in
 * milliseconds of the steady clock, as everywhere here.
 */
struct generation *snapshots_lookup(struct snapshots *snapshots, const struct snapshot_reader *reader,
                                    enum material_file file, int64_t now);

/*
 * OPEN: a reference to the generation to open, or NULL: answer ESTALE, and the kernel looks the name up again. `wanted`
 * is the generation of the inode's number, NULL when only a pin may still know generation `number`. The result is
 * another generation where the kernel does not walk the path a third time: rule 4.
 */
struct generation *snapshots_open(struct snapshots *snapshots, const struct snapshot_reader *reader,
                                  enum material_file file, uint64_t number, struct generation *wanted, int64_t now);

/*
 * OPEN that was refused, of a generation that is gone from the registry. False: answer ESTALE. True: this thread got
 * that before and has no name to look up, or has no identity: open what is open of the inode, or answer ENOENT. The set
 * of the reader is not used.
 */
bool snapshots_refuse_gone(struct snapshots *snapshots, const struct snapshot_reader *reader, enum material_file file,
                           uint64_t number, int64_t now);

/* A reference to a pinned generation, NULL if no pin holds it. */
struct generation *snapshots_find(struct snapshots *snapshots, uint64_t number);

/* Ends the pins of a thread that writes to control, so that it sees what it has written. */
void snapshots_end(struct snapshots *snapshots, pid_t thread);

/* Notes that an import begins, before it can have committed, or that it is answered. */
void snapshots_import(struct snapshots *snapshots, bool begins);

/*
 * Whether no pass of a generation of the set before `current` is left, so that the import of `current`, committed at
 * `committed`, may be answered. PASS_LIMIT_MS after the commit none is left.
 */
bool snapshots_settle(struct snapshots *snapshots, uint64_t set, uint64_t current, int64_t committed, int64_t now);

/* Replaces the questions about threads, for tests. */
void snapshots_ask(struct snapshots *snapshots, const struct pass_system *system);

/* Drops pins that are long over. Returns the milliseconds until the next one, -1 for none. */
int snapshots_expire(struct snapshots *snapshots, int64_t now);

/* Drops the pins of a set that is removed, and wipes what they hold. */
void snapshots_revoke(struct snapshots *snapshots, uint64_t set);

#endif

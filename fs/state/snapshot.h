/*
 * snapshot: a reader that opens several files of a set gets them all of one generation.
 *
 * The rules stand at the head of snapshot.c. Used by the FUSE thread; the importer wipes pins with a
 * removed set, upkeep lets them expire and asks whether an import can be answered, which is why there is a lock.
 */
#ifndef CERTFS_FS_STATE_SNAPSHOT_H
#define CERTFS_FS_STATE_SNAPSHOT_H

#include <sys/types.h>

#include "core/registry/registry.h"
#include "fs/state/pass.h"

struct snapshots;

/* Who reads what. A thread is told by its id; 0 is no identity (a process that our pid namespace does not see). */
struct snapshot_reader {
    pid_t thread;
    uid_t uid;
    uint64_t set; /* a number for each set; 0 is the root set */
};

/* Where a reference of the current generation of a set comes from; NULL: nothing is served. Called with a lock held. */
struct snapshot_source {
    struct generation *(*current_of)(void *context, uint64_t set);
    void *context;
};

MUST_CHECK int snapshots_new(const struct snapshot_source *source, struct snapshots **ret, struct fault *f);
void snapshots_freep(struct snapshots **snapshots); /* accepts NULL */

/*
 * LOOKUP: a reference of the generation whose `file` this reader is shown, NULL if nothing is served. `now` in
 * milliseconds of the steady clock, as everywhere here.
 */
struct generation *snapshots_lookup(struct snapshots *snapshots, const struct snapshot_reader *reader,
                                    enum material_file file, int64_t now);

/*
 * OPEN: a reference of the generation to open, or NULL: answer ESTALE, on which the kernel looks the name up again.
 * `wanted` is what the inode's number stands for, NULL when only a pin may still know generation `number`. What is
 * returned is of another number where the kernel walks no third time: rule 4.
 */
struct generation *snapshots_open(struct snapshots *snapshots, const struct snapshot_reader *reader,
                                  enum material_file file, uint64_t number, struct generation *wanted, int64_t now);

/*
 * OPEN that was refused, of a generation that is gone from the registry: false, answer ESTALE; true, this thread was
 * told so before and has no name to look up (or cannot be told apart from others): open what is open of the inode, or
 * answer ENOENT.
 */
bool snapshots_refuse_gone(struct snapshots *snapshots, pid_t thread, uid_t uid, enum material_file file,
                           uint64_t number, int64_t now);

/* A reference of a pinned generation, NULL if no pin holds it. */
struct generation *snapshots_find(struct snapshots *snapshots, uint64_t number);

/* A thread that writes to control wants to see what it wrote: its pins end. */
void snapshots_end(struct snapshots *snapshots, pid_t thread);

/* An import begins, before it can have committed; or it is answered. */
void snapshots_import(struct snapshots *snapshots, bool begins);

/*
 * Whether no pass of a generation of the set before `current` is left, so that the import of `current`, committed at
 * `committed`, may be answered. From PASS_LIMIT_MS after the commit none is.
 */
bool snapshots_settle(struct snapshots *snapshots, uint64_t set, uint64_t current, int64_t committed, int64_t now);

void snapshots_ask(struct snapshots *snapshots, const struct pass_system *system);

/* Lets go of pins that are long over. Returns the milliseconds until the next one, -1 for none. */
int snapshots_expire(struct snapshots *snapshots, int64_t now);

/* Wipes what pins hold, and the pins: for a set that is removed. */
void snapshots_revoke(struct snapshots *snapshots, uint64_t set);

#endif

/*
 * audit: log lines about opened keys and about requests, and the list of processes that opened a key.
 *
 * The FUSE thread only copies an event into a queue, arms a timer, and reads /proc once per opening thread; the upkeep
 * thread writes the lines. A slow or dead log delays no reader and no request (event_queues.h).
 */
#ifndef CERTFS_FS_REPORT_AUDIT_H
#define CERTFS_FS_REPORT_AUDIT_H

#include "core/base/cleanup.h"
#include "fs/report/journal.h"
#include "fs/report/readers.h"
#include "fs/takeover/cells.h"

struct audit;
struct registry;

/* Counts that outlive the worker. Members are only ever appended, and zero is absent. */
struct kept_audit {
    uint64_t opens;          /* of keys */
    uint64_t last_open;      /* the kernel's number of the OPEN that was counted last */
    uint64_t noted, written; /* events, and those whose lines were sent to the log */
};

/* Where it outlives the worker: AUDIT_READERS_MAX of struct kept_reader, and one struct kept_audit. */
struct audit_cells {
    struct cells readers, counts;
};

/* Lines are sent to `log_fd`, the log channel (channel.h). Faults: no_memory, system (with errno). */
MUST_CHECK int audit_new(int log_fd, struct audit **ret, struct fault *f);
void audit_freep(struct audit **audit); /* accepts NULL */

/*
 * Takes over what an earlier worker has left in the cells, and keeps readers and counts there from then on; the
 * registry is borrowed for this call. Returns how many events at most are in no line of the log.
 */
uint64_t audit_restore(struct audit *audit, const struct audit_cells *cells, struct registry *registry);

/* Reserves queues for a user: the owner of the files, or of control. Call it before noting events. */
void audit_reserve(struct audit *audit, uid_t user);

/* A descriptor that is readable when audit_write has work. */
int audit_fd(const struct audit *audit);

/* A key is being opened by this thread, which waits for our reply. */
struct audit_open {
    uid_t uid;
    gid_t gid;
    pid_t thread;
    struct resource *resource; /* of the set; borrowed */
    uint64_t generation;
    uint64_t request; /* the kernel's number of the OPEN, 0: not known; one that comes again is noted once */
};

/* Call it in the FUSE thread. */
void audit_note_open(struct audit *audit, const struct audit_open *open);

/* A request ended. Any thread. */
void audit_note_request(struct audit *audit, const struct journal_entry *entry);

/* Writes lines as far as the channel takes them; never blocks. Always call it in the same thread. */
void audit_write(struct audit *audit);

/* Writes all remaining lines at the end; blocks for at most a second. */
void audit_finish(struct audit *audit);

/* readers_list, as of the last audit_write; release it with readers_done. */
size_t audit_readers(struct audit *audit, struct audit_reader ret[static AUDIT_READERS_MAX]);

/* The number of opened keys so far. */
uint64_t audit_opens(struct audit *audit);

#endif

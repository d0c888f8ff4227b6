/*
 * audit: who read a key and who asked for what, in the log, and which server still runs on an old set.
 *
 * Noting an event costs the FUSE thread a copy into a queue and, at most, the arming of a timer and a look into /proc
 * for the process, once for a thread that opens again and again; a little later one thread writes the lines. A slow or
 * dead log never delays a reader or a request: event_event_queues.h says what is listed and what is counted.
 */
#ifndef CERTFS_FS_REPORT_AUDIT_H
#define CERTFS_FS_REPORT_AUDIT_H

#include "fs/report/journal.h"
#include "fs/report/readers.h"

struct audit;

/* Log lines go to this end of the line for them (channel.h). Faults: no_memory, system (with errno). */
MUST_CHECK int audit_new(int log_fd, struct audit **ret, struct fault *f);
void audit_freep(struct audit **audit); /* accepts NULL */

/* Nobody else's events drive out those of this user: the owner of the files, or of control. Before all that follows. */
void audit_reserve(struct audit *audit, uid_t user);

/* Becomes readable when there is something to write. */
int audit_fd(const struct audit *audit);

/* A key.pem is being opened by this thread, which waits for it. For the FUSE thread. */
void audit_note_open(struct audit *audit, uid_t uid, gid_t gid, pid_t thread, struct resource *resource,
                     uint64_t generation);

/* A request ended. Any thread. */
void audit_note_request(struct audit *audit, const struct journal_entry *entry);

/* Writes the lines of what was noted, as far as the line takes them; never waits. For one thread. */
void audit_write(struct audit *audit);

/* The same at the end: waits for the line to take all that is left, at most a second. */
void audit_finish(struct audit *audit);

/* readers_list, as of the last audit_write; released by readers_done. */
size_t audit_readers(struct audit *audit, struct audit_reader ret[static AUDIT_READERS_MAX]);

/* How many times a key was opened. */
uint64_t audit_opens(struct audit *audit);

#endif

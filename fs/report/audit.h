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

struct audit;

/* Lines are sent to `log_fd`, the log channel (channel.h). Faults: no_memory, system (with errno). */
MUST_CHECK int audit_new(int log_fd, struct audit **ret, struct fault *f);
void audit_freep(struct audit **audit); /* accepts NULL */

/* Reserves queues for a user: the owner of the files, or of control. Call it before noting events. */
void audit_reserve(struct audit *audit, uid_t user);

/* A descriptor that is readable when audit_write has work. */
int audit_fd(const struct audit *audit);

/* A key is being opened by this thread, which waits for our reply. Call it in the FUSE thread. */
void audit_note_open(struct audit *audit, uid_t uid, gid_t gid, pid_t thread, struct resource *resource,
                     uint64_t generation);

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

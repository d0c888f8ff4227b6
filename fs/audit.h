/*
 * audit: who read a key and who asked for what, one line each in the log, and which server still runs on an old set.
 *
 * Noting an event costs the FUSE thread a copy into a ring and, at most, the arming of a timer and a look into /proc
 * for the process, once for a thread that opens again and again; a little later the importer looks up the programs'
 * names and writes the lines. A slow or dead log never delays a reader: what does not fit into the ring is counted,
 * and the count is logged.
 */
#ifndef CERTFS_FS_AUDIT_H
#define CERTFS_FS_AUDIT_H

#include "fs/journal.h"

enum { AUDIT_PROGRAM_SIZE = 64, AUDIT_READERS_MAX = 128 };

struct audit;

/* Log lines go to the link. Faults: no_memory, store_failed (with errno). */
MUST_CHECK int audit_new(int link_fd, struct audit **ret, struct fault *f);
void audit_freep(struct audit **audit); /* accepts NULL */

/* Becomes readable when there is something to write. */
int audit_fd(const struct audit *audit);

/* A key.pem is being opened by this thread, which waits for it. For the FUSE thread. */
void audit_note_open(struct audit *audit, uid_t uid, gid_t gid, pid_t thread, const struct resource *resource,
                     uint64_t generation);

/* A request ended. */
void audit_note_request(struct audit *audit, const struct journal_entry *entry);

/* Writes the lines of what was noted. For the importer. */
void audit_write(struct audit *audit);

/* A living process that read the key. */
struct audit_reader {
    pid_t pid;
    uid_t uid;
    uint64_t set; /* whose key it was; a process that reads two is two readers */
    char identifier[IDENTIFIER_MAX + 1];
    uint64_t generation;              /* the newest that it opened */
    uint64_t started;                 /* when the process did, to tell it from a later one of its number */
    char program[AUDIT_PROGRAM_SIZE]; /* printable ASCII; "?" where it could not be found out */
};

/*
 * The readers that live, oldest first, as of the last audit_write. Returns how many. Of more than fit, the process that
 * reads the most sets loses its oldest.
 */
size_t audit_readers(struct audit *audit, struct audit_reader ret[static AUDIT_READERS_MAX]);

/* How many times a key was opened. */
uint64_t audit_opens(struct audit *audit);

#endif

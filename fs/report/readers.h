/*
 * readers: the living processes that read a key, for `status`: which server still runs on an old set.
 */
#ifndef CERTFS_FS_REPORT_READERS_H
#define CERTFS_FS_REPORT_READERS_H

#include "core/set/resource.h"
#include "fs/host/process.h"

enum { AUDIT_READERS_MAX = 128 };

/* A living process that read the key. */
struct audit_reader {
    pid_t pid;
    uid_t uid;
    struct resource *resource;       /* of the set whose key it was; a process that reads two is two readers */
    uint64_t generation;             /* the newest that it opened */
    uint64_t started;                /* when the process did, to tell it from a later one of its number */
    char program[PROCESS_NAME_SIZE]; /* printable ASCII; "?" where it could not be found out */
};

struct readers;

struct readers *readers_new(void);            /* NULL without memory */
void readers_freep(struct readers **readers); /* accepts NULL */

/* This process opened the key; the resource is borrowed. One that ended before it could be looked up is not listed. */
void readers_remember(struct readers *readers, const struct audit_reader *reader);

/* Forgets those that ended. */
void readers_tidy(struct readers *readers);

/*
 * Those that live, oldest first. Returns how many; readers_done releases them. Of more than fit, the process that reads
 * the most sets loses its oldest.
 */
size_t readers_list(struct readers *readers, struct audit_reader ret[static AUDIT_READERS_MAX]);
void readers_done(struct audit_reader list[], size_t count);

#endif

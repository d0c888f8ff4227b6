/*
 * readers: the running processes that opened a key, for `status`: it shows which server still uses an old set. They
 * outlive the worker.
 */
#ifndef CERTFS_FS_REPORT_READERS_H
#define CERTFS_FS_REPORT_READERS_H

#include "core/about/identifier.h"
#include "core/registry/registry.h"
#include "core/set/resource.h"
#include "fs/host/process.h"
#include "fs/takeover/cells.h"

enum { AUDIT_READERS_MAX = 128 };

/* A process and a set whose key it opened. */
struct audit_reader {
    pid_t pid;
    uid_t uid;
    struct resource *resource;       /* of the set */
    uint64_t generation;             /* the newest one that it opened */
    uint64_t started;                /* of the process, since ids are reused; as process_started */
    char program[PROCESS_NAME_SIZE]; /* printable ASCII; "?" if unknown */
    uint64_t order_;                 /* this and the next are readers.c's own: its place in the list, by number */
    size_t cell_;                    /* from 1; 0: it does not outlive the worker */
};

/* A reader in shared memory. Members are only ever appended, and zero is absent. */
struct kept_reader {
    uint64_t started, generation, set, order;
    uint32_t pid, uid;
    char program[PROCESS_NAME_SIZE];
    char identifier[IDENTIFIER_MAX + 1]; /* of the set, which may be removed */
};

struct readers;

struct readers *readers_new(void);            /* NULL if allocation fails */
void readers_freep(struct readers **readers); /* accepts NULL */

/*
 * Takes over those that an earlier worker has left in the cells, AUDIT_READERS_MAX of struct kept_reader, and keeps the
 * list there from then on. Sets are looked up in the registry, which is borrowed for this call.
 */
void readers_restore(struct readers *readers, const struct cells *cells, struct registry *registry);

/* Adds or updates a reader, unless its process had ended before it was looked up. The resource is borrowed. */
void readers_remember(struct readers *readers, const struct audit_reader *reader);

/* Removes processes that have ended. */
void readers_tidy(struct readers *readers);

/*
 * Copies the readers that still run, oldest first, and returns their number; readers_done releases them. If the list is
 * full, the process with the most entries loses its oldest one.
 */
size_t readers_list(struct readers *readers, struct audit_reader ret[static AUDIT_READERS_MAX]);
void readers_done(struct audit_reader list[], size_t count);

#endif

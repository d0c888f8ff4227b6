/*
 * handle: one entry of what is open (handles.h).
 */
#ifndef CERTFS_FS_STATE_HANDLE_H
#define CERTFS_FS_STATE_HANDLE_H

#include <sys/queue.h>

#include "fs/state/node.h"
#include "fs/state/upload.h"

struct import_file;
struct shares;

/* One entry. Which members it has depends on its kind; the others are empty. */
struct handle {
    uint64_t number;
    enum node_kind kind;
    unsigned opens;
    struct content *content;   /* a file of a set */
    struct resource *resource; /* the set of that file */
    int64_t committed;         /* of its generation */
    size_t size;               /* of that file, also without its content */
    bool cached;               /* a key that is in the page cache */
    size_t place;              /* where it is kept; PLACES_NONE: nowhere */
    uint64_t request;          /* that opened it; for a file of a set, that changed `opens` last: see handles_restore */
    bool restored;             /* a worker before this one handled `request` */
    struct shares *shares;     /* that count it for `uid`; NULL: none do */
    bool counted;              /* by shares of a worker before this one */
    uid_t uid;
    struct upload *upload;    /* control, and a file of import/ */
    struct import_file *file; /* the latter; from malloc */
    LIST_ENTRY(handle) written;

    /* For a text; under the lock once it is open. */
    struct content *text; /* at open, or when it was last read from its start; NULL: not read yet */
    size_t text_size;     /* of it; before it is read, an estimate */
    uint64_t seen;        /* generation number when the text was made */
    uint64_t poll;        /* the kernel's number of a poll that waits for another text; 0: none does */
    uint64_t since;       /* the mark when it began to wait */
    bool cut;             /* a worker before this one had the text: its rest cannot be read */
    uint32_t text_block;  /* where the text of an answer is kept (blocks.h) */
    TAILQ_ENTRY(handle) waiting;
};

#endif

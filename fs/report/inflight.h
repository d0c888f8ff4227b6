/*
 * inflight: the documents that were begun and have no verdict yet, and who holds them.
 *
 * There are places for INFLIGHT_MAX, of control and of import/ together. Who begins a document on control and goes away
 * without finishing it keeps a place for as long as nobody needs it: where all are taken, the one that has not grown
 * for the longest gives way, if that is INFLIGHT_IDLE_MS at least, or one that was begun INFLIGHT_LONG_MS ago. So a
 * person may type as slowly as he likes, and nobody keeps others out. Files of import/ have limits of their own
 * (pending.h). It has a lock; the FUSE thread begins documents, any thread may end and list them.
 */
#ifndef CERTFS_FS_REPORT_INFLIGHT_H
#define CERTFS_FS_REPORT_INFLIGHT_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct upload;

enum {
    INFLIGHT_MAX = 16, /* each of at most 1 MiB */
    INFLIGHT_IDLE_MS = 1000,
    INFLIGHT_LONG_MS = 60 * 1000,
};

struct inflight_document {
    struct upload *upload; /* borrowed */
    bool import;           /* a file of import/; else of control */
    bool complete;         /* it waits for its verdict, not for its writer */
    uid_t uid;             /* of the newest write */
    pid_t pid;
    int64_t begun, moved; /* milliseconds of the steady clock: the first write, the newest one */
    size_t bytes;
};

/* All zero is empty. */
struct inflight {
    pthread_mutex_t lock; /* over all below */
    struct inflight_document documents[INFLIGHT_MAX];
    size_t count; /* without gaps, in no order */
};

/* Enters a document as its first bytes come; false: all places are taken. A copy is kept. */
bool inflight_begin(struct inflight *inflight, const struct inflight_document *document);

/* A write of so many bytes came for it. Nothing if it is not here. */
void inflight_note(struct inflight *inflight, const struct inflight_document *write);

/* It has its verdict, or was given up. */
void inflight_end(struct inflight *inflight, const struct upload *upload);

/* The document of control that has to give way, NULL for none. For the FUSE thread, which owns what is unfinished. */
struct upload *inflight_yielding(struct inflight *inflight, int64_t now);

/* Copies of all; how many. */
size_t inflight_list(struct inflight *inflight, struct inflight_document ret[static INFLIGHT_MAX]);

#endif

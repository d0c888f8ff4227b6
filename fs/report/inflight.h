/*
 * inflight: the documents that are being written or wait for their answer, at most INFLIGHT_MAX of control and import/.
 *
 * An unfinished document of control keeps its place until another one needs it. If all are taken, the document that has
 * not grown for the longest time is evicted, if that is at least INFLIGHT_IDLE_MS, or it began INFLIGHT_LONG_MS ago. So
 * slow typing is possible, and nobody can block others. Files of import/ have limits of their own (pending.h).
 * Thread-safe; only the FUSE thread begins documents.
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
    bool import;           /* of import/, not of control */
    bool complete;         /* it waits for its answer */
    uid_t uid;             /* of the newest write */
    pid_t pid;
    int64_t begun, moved; /* times of the first and the newest write, ms of CLOCK_MONOTONIC */
    size_t bytes;
};

/* Zero-initialised it is empty. */
struct inflight {
    pthread_mutex_t lock; /* over all below */
    struct inflight_document documents[INFLIGHT_MAX];
    size_t count; /* without gaps, unordered */
};

/* Adds a copy of a document at its first write; false if all places are taken. */
bool inflight_begin(struct inflight *inflight, const struct inflight_document *document);

/* Updates the document of `write->upload` after a write of `write->bytes`, if it is listed. */
void inflight_note(struct inflight *inflight, const struct inflight_document *write);

/* Removes a document. */
void inflight_end(struct inflight *inflight, const struct upload *upload);

/* The document of control to evict, NULL for none. For the FUSE thread, which owns unfinished documents. */
struct upload *inflight_yielding(struct inflight *inflight, int64_t now);

/* Copies all documents; returns their number. */
size_t inflight_list(struct inflight *inflight, struct inflight_document ret[static INFLIGHT_MAX]);

#endif

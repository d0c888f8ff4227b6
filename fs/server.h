/*
 * server: what the two threads of the worker share. Made by worker.c, never changed afterwards.
 *
 * Who owns what: handles and uploads are the FUSE thread's (upload.h says when not); the vault is changed by the
 * importer alone; journal and link may be used by both; drops and verdicts under their lock (drops.h).
 */
#ifndef CERTFS_FS_SERVER_H
#define CERTFS_FS_SERVER_H

#include "core/vault.h"
#include "fs/audit.h"
#include "fs/drops.h"
#include "fs/handles.h"
#include "fs/journal.h"
#include "fs/render.h"
#include "fs/shares.h"
#include "fs/snapshot.h"
#include "fs/tree.h"

struct fuse_session;
struct importer;

enum { SERVER_DOCUMENTS_MAX = 16 }; /* in flight, each at most 1 MiB */

struct server {
    struct tree tree;
    struct import_terms terms;        /* of control */
    struct import_terms import_terms; /* of import/ */
    struct vault *vault;
    struct journal *journal;
    struct handles *handles;
    struct render *render;
    struct shares texts; /* who has how many open; the same of files of import/ */
    struct shares imports;
    struct drops *drops;       /* of import/; NULL where there is none */
    struct verdicts *verdicts; /* the same */
    struct snapshots *snapshots;
    struct audit *audit;
    struct importer *importer;
    struct fuse_session *session;
    int link_fd;
    int log_fd;            /* for log lines (link.h) */
    atomic_bool draining;  /* the supervisor asked for the end: no new document is accepted */
    atomic_uint documents; /* in flight: begun and not judged */
};

/* The time of day and the steady time. */
struct moment server_now(void);

/* The steady clock in milliseconds, to a few of them. */
int64_t server_now_ms(void);

/* Records how a request ended: journal and audit. Any thread. */
void server_record(struct server *server, const struct outcome *outcome, const struct fault *fault,
                   const struct writer *writer);

/* Counts a document as in flight, once. Fault: busy, when there are too many or the end is near. */
MUST_CHECK int server_admit(struct server *server, struct upload *upload, struct fault *f);

/* It is in flight no more: judged, or given up. */
void server_dismiss(struct server *server, struct upload *upload);

/* Gives the verdict of an upload that needed no importer, and records it. */
void server_refuse(struct server *server, struct upload *upload, const struct fault *fault);

#endif

/*
 * server: what the threads of the worker share. Made by worker.c, never changed afterwards.
 *
 * Who owns what: handles and uploads are the FUSE thread's (upload.h says when not); the registry is changed by the
 * importer alone; journal and link may be used by all; drops and verdicts under their lock (pending.h).
 */
#ifndef CERTFS_FS_STATE_SERVER_H
#define CERTFS_FS_STATE_SERVER_H

#include "core/registry/registry.h"
#include "fs/disk/watch.h"
#include "fs/options/options.h"
#include "fs/report/audit.h"
#include "fs/report/inflight.h"
#include "fs/report/journal.h"
#include "fs/report/render.h"
#include "fs/report/status.h"
#include "fs/state/handles.h"
#include "fs/state/shares.h"
#include "fs/state/snapshot.h"

struct pending;
struct fuse_session;
struct importer;
struct notifier;
struct upkeep;
struct answers;
struct writes;

enum {
    SERVER_DOCUMENTS_MAX = INFLIGHT_MAX,
    SERVER_JUDGE_LIMIT_MS = 5000,   /* at the end of certfs: for what is being judged, or waits for it */
    SERVER_COMMIT_LIMIT_MS = 10000, /* the same for what is being committed */
};

struct server {
    const struct options *options;
    struct status_source source; /* of the texts */
    int64_t mounted;             /* seconds since the epoch */
    struct policy policy;        /* of control */
    struct policy import_policy; /* of import/ */
    struct registry *registry;
    struct journal *journal;
    struct handles *handles;
    struct render *render;
    struct shares texts;     /* who has how many open */
    struct shares controls;  /* the same of control */
    struct shares imports;   /* and of files of import/ */
    struct pending *pending; /* of import/; NULL where there is none */
    struct answers *answers; /* the same */
    struct snapshots *snapshots;
    struct audit *audit;
    struct writes *writes;
    struct notifier *notifier;
    struct importer *importer;
    struct upkeep *upkeep;
    struct fuse_session *session;
    struct watch watch; /* the importer's */
    int channel_fd;
    int log_fd;           /* for log lines (channel.h) */
    atomic_bool draining; /* the supervisor asked for the end: no new document is accepted */
    struct inflight inflight;
};

/* The time of day and the steady time. */
struct moment server_now(void);

/* The steady clock in milliseconds, to a few of them. */
int64_t server_now_ms(void);

/* What problems.h calls the served set of this name; a change of the set ends such a problem. */
void server_about_set(const char *identifier, char ret[static PROBLEMS_ABOUT_SIZE]);

/* Records how a request ended: journal and audit. Any thread. */
void server_record(struct server *server, const struct outcome *outcome, const struct fault *fault,
                   const struct writer *writer);

/*
 * Enters a document among those in flight, once; one that nobody finishes may have to give way (inflight.h). Fault:
 * busy, when there are too many or the end is near. For the FUSE thread.
 */
MUST_CHECK int server_admit(struct server *server, struct upload *upload, struct fault *f);

/* So many bytes of it have come. */
void server_note_write(struct server *server, struct upload *upload, size_t size);

/* It is in flight no more: judged, or given up. */
void server_dismiss(struct server *server, struct upload *upload);

/*
 * Ends the process at once. Descriptors go first: a thread that the kernel holds would keep them, and with them the
 * lock on STORE.
 */
__attribute__((noreturn)) void server_exit(void);

/* Gives the verdict of an upload that needed no importer, and records it. */
void server_refuse(struct server *server, struct upload *upload, const struct fault *fault);

#endif

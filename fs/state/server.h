/*
 * server: what the threads of the worker share. Made by worker.c, never changed afterwards.
 *
 * Handles and uploads belong to the FUSE thread (upload.h names the exceptions). Only the importer changes the
 * registry. All threads may use the journal and the channel.
 *
 * Locks are taken in this order: a thread that holds one takes only those of a later line, and no two of one line.
 *   1. pending              files of import/ without a verdict, and their answers
 *   2. snapshots            passes and pins
 *   3. registry, handles    what is served; what is open
 *   4. content              the bytes of one file, held while a READ is answered from them
 *   5. all others: writes, inflight, shares, journal, audit, readers, problems, render, notifier
 */
#ifndef CERTFS_FS_STATE_SERVER_H
#define CERTFS_FS_STATE_SERVER_H

#include "core/action/context.h"
#include "core/base/cleanup.h"
#include "core/registry/registry.h"
#include "fs/disk/watch.h"
#include "fs/host/ask.h"
#include "fs/options/options.h"
#include "fs/report/audit.h"
#include "fs/report/inflight.h"
#include "fs/report/journal.h"
#include "fs/report/problems.h"
#include "fs/report/render.h"
#include "fs/report/status.h"
#include "fs/state/handles.h"
#include "fs/state/shares.h"
#include "fs/state/snapshot.h"
#include "fs/takeover/shared.h"

struct outcome;

struct pending;
struct fuse_session;
struct requests;
struct importer;
struct intents;
struct notifier;
struct upkeep;
struct answer_table;
struct writes;

enum {
    SERVER_DOCUMENTS_MAX = INFLIGHT_MAX,
    SERVER_JUDGE_LIMIT_MS = 5000,   /* at the end of certfs: for documents that are being judged, or wait for it */
    SERVER_COMMIT_LIMIT_MS = 10000, /* the same for one that is being committed */
};

/* The request that the FUSE thread is at. Set by session.c. */
struct current_request {
    uint64_t unique; /* the kernel's number of it, without the mark of one that was sent again */
    uint64_t poll;   /* of a POLL: the kernel's number of the file that is polled; else 0 */
    bool again;      /* an earlier worker had read it */
    bool may_wait;   /* it outlives this worker even if it is not answered at once */
};

struct server {
    const struct options *options;
    struct shared *shared;          /* what outlives the worker */
    bool successor;                 /* this worker follows another one on the same mount */
    struct current_request current; /* the FUSE thread's */
    struct status_source source;    /* of the texts */
    int64_t mounted;                /* seconds since the epoch */
    struct policy policy;           /* of control */
    struct policy import_policy;    /* of import/ */
    struct registry *registry;
    struct journal *journal;
    struct handles *handles;
    struct render *render;
    struct shares texts;          /* how many each user has open */
    struct shares controls;       /* the same of control */
    struct shares imports;        /* and of files of import/ */
    struct pending *pending;      /* of import/; NULL: there is none */
    struct answer_table *answers; /* the same */
    struct snapshots *snapshots;
    struct audit *audit;
    struct writes *writes;
    struct intents *intents; /* what is being committed */
    struct fault unsettled;  /* of what the worker before has put into STORE; the importer's */
    struct notifier *notifier;
    struct importer *importer;
    struct upkeep *upkeep;
    struct fuse_session *session;
    struct requests *requests; /* of the session */
    _Atomic uint64_t greeting; /* the number of the kernel's first request; 0: not read by this worker */
    uint64_t negotiated;       /* the flags of the reply to it, for a successor; else 0 */
    struct watch watch;        /* the importer's */
    int channel_fd;
    int log_fd;           /* for log lines (channel.h) */
    int life_fd;          /* the FUSE thread's: a byte wakes the supervisor, the end of the thread closes it */
    struct ask ask;       /* the importer's, and the start's before */
    atomic_bool draining; /* the supervisor asked for the end: no new document is admitted */
    struct inflight inflight;
};

/* The time of day and the steady time. */
struct moment server_now(void);

/* The steady clock in milliseconds, to a few of them. */
int64_t server_now_ms(void);

/* The name by which problems.h knows a problem of the served set; a change of the set ends the problem. */
void server_about_set(const char *identifier, char ret[static PROBLEMS_ABOUT_SIZE]);

/* Records in journal and audit how a request ended. Any thread. */
void server_record(struct server *server, const struct outcome *outcome, const struct fault *fault,
                   const struct writer *writer);

/*
 * Counts a document among those in flight, once; an unfinished one may have to give way (inflight.h). Fault: busy, if
 * there are too many or certfs is stopping. For the FUSE thread.
 */
MUST_CHECK int server_admit(struct server *server, struct upload *upload, struct fault *f);

/* Notes that it has grown by this many bytes. */
void server_note_write(struct server *server, struct upload *upload, size_t size);

/* It is no longer in flight: judged, or given up. */
void server_dismiss(struct server *server, struct upload *upload);

/*
 * Ends the process at once. Closes descriptors first: a thread that the kernel holds would keep them open, and with
 * them the lock on STORE.
 */
__attribute__((noreturn)) void server_exit(void);

/* Refuses an upload that needs no importer for that, and records it. */
void server_refuse(struct server *server, struct upload *upload, const struct fault *fault);

#endif

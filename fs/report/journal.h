/*
 * journal: the result of the last request, for `last` and `status`, and counters of results. Outlives the worker.
 * Thread-safe.
 */
#ifndef CERTFS_FS_REPORT_JOURNAL_H
#define CERTFS_FS_REPORT_JOURNAL_H

#include <sys/types.h>

#include "core/about/cert_info.h"
#include "core/about/findings.h"
#include "core/base/fault.h"
#include "core/request/request.h"
#include "fs/host/process.h"
#include "fs/takeover/cells.h"

enum via {
    VIA_CONTROL,
    VIA_IMPORT,
};

/* The process that wrote the request. */
struct writer {
    enum via via;
    uid_t uid;
    gid_t gid;
    pid_t pid;
    pid_t thread;  /* the thread id, as reported by FUSE */
    int64_t login; /* this and `program` as in struct process */
    char program[PROCESS_NAME_SIZE];
};

struct journal_entry {
    int64_t time; /* seconds since the epoch; 0: no request yet */
    enum action action;
    struct resource *resource; /* borrowed: of the set that it was about; NULL: none, or which is not known */
    struct fault fault;        /* REASON_NONE: it succeeded */
    char sentence[FAULT_MESSAGE_SIZE];
    struct writer writer;
    uint64_t generation;                 /* the newest number after the request */
    char old_sha256[CERT_INFO_HEX_SIZE]; /* of the leaf before and after; "" for none */
    char new_sha256[CERT_INFO_HEX_SIZE];
    uint32_t waived; /* bit 1 << reason */
};

enum { JOURNAL_REPORT_SIZE = 1024 };

struct journal;

/* The name of a set in the log, in metrics and for programs: its identifier, or "/" for the root set. */
const char *journal_set_name(const char *identifier);

MUST_CHECK int journal_new(struct journal **ret, struct fault *f);
void journal_freep(struct journal **journal); /* accepts NULL */

/*
 * Takes over what an earlier worker has left in the cell, a struct kept_journal (journal_kept.h), and keeps the journal
 * there from then on. The first worker's mount has begun `now`, in seconds since the epoch. Fault: no_memory.
 */
MUST_CHECK int journal_restore(struct journal *journal, const struct cells *cell, int64_t now, struct fault *f);

/* When the mount began, seconds since the epoch; 0 before journal_restore. */
int64_t journal_mounted(struct journal *journal);

/* `findings`: the warnings and repairs of a request that succeeded; NULL for none. */
void journal_record(struct journal *journal, const struct journal_entry *entry, const struct findings *findings);

/* The last one, without its set. */
struct journal_entry journal_last(struct journal *journal);
struct findings journal_findings(struct journal *journal);

/* When the last request ended, seconds since the epoch; 0: no request yet. */
int64_t journal_time(struct journal *journal);

/* Changes with each call of journal_record and journal_set_report. */
uint64_t journal_version(struct journal *journal);

/* The result of the last run of on_change=, one line, "" before the first; and the number of runs. */
void journal_set_report(struct journal *journal, const char *report, bool failed);
struct journal_runs {
    uint64_t ok;
    uint64_t failed;
};
struct journal_runs journal_runs(struct journal *journal);
void journal_report(struct journal *journal, char ret[static JOURNAL_REPORT_SIZE]);

/* The number of requests with this result; REASON_NONE: successful ones. */
uint64_t journal_count(struct journal *journal, enum reason reason);

#endif

/*
 * journal: how the last request ended, for `last` and `status`.
 *
 * Written by whichever thread gave the verdict, read by any; a lock for the moment of a copy.
 */
#ifndef CERTFS_FS_REPORT_JOURNAL_H
#define CERTFS_FS_REPORT_JOURNAL_H

#include <sys/types.h>

#include "core/action/execute.h"
#include "fs/host/process.h"

enum via {
    VIA_CONTROL,
    VIA_IMPORT,
};

/* Who wrote the request, and through which file. */
struct writer {
    enum via via;
    uid_t uid;
    gid_t gid;
    pid_t pid;     /* the process */
    pid_t thread;  /* of it; this is who FUSE tells of */
    int64_t login; /* this and program as in struct process */
    char program[PROCESS_NAME_SIZE];
};

struct journal_entry {
    int64_t time; /* seconds since the epoch; 0: there was no request yet */
    enum action action;
    struct resource *resource; /* borrowed: of the set that it was about; NULL: none, or which is not known */
    struct fault fault;        /* REASON_NONE: it was carried out */
    char sentence[FAULT_MESSAGE_SIZE];
    struct writer writer;
    uint64_t generation;                 /* the newest number afterwards */
    char old_sha256[CERT_INFO_HEX_SIZE]; /* of the leaf before and after; "" for none */
    char new_sha256[CERT_INFO_HEX_SIZE];
    uint32_t waived; /* bit 1 << reason */
};

enum { JOURNAL_REPORT_SIZE = 1024 };

struct journal;

/* How a set is called in the log, in metrics and towards programs: by its identifier, the root set "/". */
const char *journal_set_name(const char *identifier);

MUST_CHECK int journal_new(struct journal **ret, struct fault *f);
void journal_freep(struct journal **journal); /* accepts NULL */

/* `findings`: what the answer of a request that was carried out held beside; NULL: nothing. */
void journal_record(struct journal *journal, const struct journal_entry *entry, const struct findings *findings);

/* The last one, without its set. */
struct journal_entry journal_last(struct journal *journal);
struct findings journal_findings(struct journal *journal);

/* When the last request ended, seconds since the epoch; 0: there was none yet. */
int64_t journal_time(struct journal *journal);

/* Grows with everything that is recorded or reported here. */
uint64_t journal_version(struct journal *journal);

/* How the last program of on_change= ended, one line; "" before the first. Counts the runs, and those that failed. */
void journal_set_report(struct journal *journal, const char *report, bool failed);
struct journal_runs {
    uint64_t ok;
    uint64_t failed;
};
struct journal_runs journal_runs(struct journal *journal);
void journal_report(struct journal *journal, char ret[static JOURNAL_REPORT_SIZE]);

/* How many requests ended with this reason; REASON_NONE: were carried out. */
uint64_t journal_count(struct journal *journal, enum reason reason);

#endif

/*
 * journal_kept: the journal as a value that outlives the worker, for one of any version: what has a name is kept by its
 * name.
 */
#ifndef CERTFS_FS_REPORT_JOURNAL_KEPT_H
#define CERTFS_FS_REPORT_JOURNAL_KEPT_H

#include "core/about/findings.h"
#include "core/base/fault.h"
#include "fs/report/journal.h"

enum { KEPT_NAME_SIZE = 48, KEPT_MESSAGE_SIZE = 128, KEPT_REASONS = 64 };

/* Members are only ever appended, and zero is absent. */
struct kept_journal {
    uint64_t version;
    int64_t mounted; /* seconds since the epoch */
    uint64_t runs_ok, runs_failed;
    int64_t time; /* this and all below but `counts` of the last request */
    uint32_t uid;
    int32_t pid;
    char action[KEPT_NAME_SIZE], reason[KEPT_NAME_SIZE];
    char field[FAULT_FIELD_SIZE];
    char message[KEPT_MESSAGE_SIZE], sentence[KEPT_MESSAGE_SIZE];
    char report[JOURNAL_REPORT_SIZE];
    struct {
        char reason[KEPT_NAME_SIZE];
        uint64_t count;
    } counts[KEPT_REASONS];
    struct {
        char repair[KEPT_NAME_SIZE], field[KEPT_NAME_SIZE];
    } repairs[FINDINGS_REPAIRS_MAX];
    struct {
        char warning[KEPT_NAME_SIZE], field[KEPT_NAME_SIZE], message[KEPT_MESSAGE_SIZE];
    } warnings[FINDINGS_WARNINGS_MAX];
};

_Static_assert((int)REASON_COUNT <= (int)KEPT_REASONS && (int)FAULT_MESSAGE_SIZE <= (int)KEPT_MESSAGE_SIZE, "they fit");

/* The contents of a journal. */
struct journal_state {
    uint64_t version;
    int64_t mounted; /* when the mount began, seconds since the epoch; 0: not known */
    struct journal_entry last;
    struct findings findings; /* of it */
    uint64_t counts[REASON_COUNT];
    char report[JOURNAL_REPORT_SIZE];
    struct journal_runs runs;
};

/* Writes the state over `ret`, and keeps what another version has left there of reasons that this one does not know. */
void journal_kept_write(const struct journal_state *state, struct kept_journal *ret);

/* The state; what is not known to this version is left out. */
void journal_kept_read(const struct kept_journal *kept, struct journal_state *ret);

#endif

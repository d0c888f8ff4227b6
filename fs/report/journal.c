#include "fs/report/journal.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/about/findings.h"
#include "core/base/fault.h"
#include "fs/report/journal_kept.h"
#include "fs/takeover/cells.h"

struct journal {
    pthread_mutex_t lock;
    struct journal_state state;
    struct cells cell;         /* where it outlives the worker */
    struct kept_journal *kept; /* the value there; NULL: nothing is kept */
};

const char *journal_set_name(const char *identifier)
{
    return identifier[0] == '\0' ? "/" : identifier;
}

int journal_new(struct journal **ret, struct fault *f)
{
    struct journal *journal = calloc(1, sizeof(*journal));
    if (journal == NULL)
        return fault_no_memory(f);
    pthread_mutex_init(&journal->lock, NULL);
    *ret = journal;
    return 0;
}

void journal_freep(struct journal **journal)
{
    if (*journal != NULL) {
        pthread_mutex_destroy(&(*journal)->lock);
        free((*journal)->kept);
    }
    free(*journal);
}

/* ---- with the lock held ---- */

static void journal_keep(struct journal *journal)
{
    if (journal->kept == NULL)
        return;
    journal_kept_write(&journal->state, journal->kept);
    cells_put(&journal->cell, 0, journal->kept);
}

/* ---- */

int journal_restore(struct journal *journal, const struct cells *cell, int64_t now, struct fault *f)
{
    struct kept_journal *kept = calloc(1, sizeof(*kept));
    if (kept == NULL)
        return fault_no_memory(f);
    pthread_mutex_lock(&journal->lock);
    journal->cell = *cell;
    journal->kept = kept;
    if (cells_get(cell, 0, kept))
        journal_kept_read(kept, &journal->state);
    journal->state.version++; /* the first text of this worker is a new one */
    if (journal->state.mounted == 0)
        journal->state.mounted = now;
    journal_keep(journal);
    pthread_mutex_unlock(&journal->lock);
    return 0;
}

int64_t journal_mounted(struct journal *journal)
{
    pthread_mutex_lock(&journal->lock);
    int64_t mounted = journal->state.mounted;
    pthread_mutex_unlock(&journal->lock);
    return mounted;
}

void journal_record(struct journal *journal, const struct journal_entry *entry, const struct findings *findings)
{
    pthread_mutex_lock(&journal->lock);
    struct journal_state *state = &journal->state;
    state->version++;
    state->last = *entry;
    state->last.resource = NULL;
    state->findings = findings == NULL ? (struct findings){.repair_count = 0} : *findings;
    state->counts[entry->fault.reason]++;
    journal_keep(journal);
    pthread_mutex_unlock(&journal->lock);
}

struct journal_entry journal_last(struct journal *journal)
{
    pthread_mutex_lock(&journal->lock);
    struct journal_entry last = journal->state.last;
    pthread_mutex_unlock(&journal->lock);
    return last;
}

struct findings journal_findings(struct journal *journal)
{
    pthread_mutex_lock(&journal->lock);
    struct findings findings = journal->state.findings;
    pthread_mutex_unlock(&journal->lock);
    return findings;
}

int64_t journal_time(struct journal *journal)
{
    pthread_mutex_lock(&journal->lock);
    int64_t time = journal->state.last.time;
    pthread_mutex_unlock(&journal->lock);
    return time;
}

uint64_t journal_version(struct journal *journal)
{
    pthread_mutex_lock(&journal->lock);
    uint64_t version = journal->state.version;
    pthread_mutex_unlock(&journal->lock);
    return version;
}

uint64_t journal_count(struct journal *journal, enum reason reason)
{
    pthread_mutex_lock(&journal->lock);
    uint64_t count = journal->state.counts[reason];
    pthread_mutex_unlock(&journal->lock);
    return count;
}

void journal_set_report(struct journal *journal, const char *report, bool failed)
{
    pthread_mutex_lock(&journal->lock);
    ++*(failed ? &journal->state.runs.failed : &journal->state.runs.ok);
    journal->state.version++;
    snprintf(journal->state.report, sizeof(journal->state.report), "%s", report);
    journal_keep(journal);
    pthread_mutex_unlock(&journal->lock);
}

void journal_report(struct journal *journal, char ret[static JOURNAL_REPORT_SIZE])
{
    pthread_mutex_lock(&journal->lock);
    memcpy(ret, journal->state.report, JOURNAL_REPORT_SIZE);
    pthread_mutex_unlock(&journal->lock);
}

struct journal_runs journal_runs(struct journal *journal)
{
    pthread_mutex_lock(&journal->lock);
    struct journal_runs runs = journal->state.runs;
    pthread_mutex_unlock(&journal->lock);
    return runs;
}

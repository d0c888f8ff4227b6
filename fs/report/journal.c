#include "fs/report/journal.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/about/findings.h"
#include "core/base/fault.h"

struct journal {
    pthread_mutex_t lock;
    uint64_t version;
    struct journal_entry last;
    struct findings findings;
    uint64_t counts[REASON_COUNT];
    char report[JOURNAL_REPORT_SIZE];
    struct journal_runs runs;
};

const char *journal_set_name(const char *identifier)
{
    return identifier[0] == '\0' ? "/" : identifier;
}

int journal_new(struct journal **ret, struct fault *f)
{
    struct journal *journal = malloc(sizeof(*journal));
    if (journal == NULL)
        return fault_no_memory(f);
    *journal = (struct journal){.lock = PTHREAD_MUTEX_INITIALIZER};
    *ret = journal;
    return 0;
}

void journal_freep(struct journal **journal)
{
    if (*journal != NULL)
        pthread_mutex_destroy(&(*journal)->lock);
    free(*journal);
}

void journal_record(struct journal *journal, const struct journal_entry *entry, const struct findings *findings)
{
    pthread_mutex_lock(&journal->lock);
    journal->version++;
    journal->last = *entry;
    journal->last.resource = NULL;
    journal->findings = findings == NULL ? (struct findings){.repair_count = 0} : *findings;
    journal->counts[entry->fault.reason]++;
    pthread_mutex_unlock(&journal->lock);
}

struct journal_entry journal_last(struct journal *journal)
{
    pthread_mutex_lock(&journal->lock);
    struct journal_entry last = journal->last;
    pthread_mutex_unlock(&journal->lock);
    return last;
}

struct findings journal_findings(struct journal *journal)
{
    pthread_mutex_lock(&journal->lock);
    struct findings findings = journal->findings;
    pthread_mutex_unlock(&journal->lock);
    return findings;
}

int64_t journal_time(struct journal *journal)
{
    pthread_mutex_lock(&journal->lock);
    int64_t time = journal->last.time;
    pthread_mutex_unlock(&journal->lock);
    return time;
}

uint64_t journal_version(struct journal *journal)
{
    pthread_mutex_lock(&journal->lock);
    uint64_t version = journal->version;
    pthread_mutex_unlock(&journal->lock);
    return version;
}

uint64_t journal_count(struct journal *journal, enum reason reason)
{
    pthread_mutex_lock(&journal->lock);
    uint64_t count = journal->counts[reason];
    pthread_mutex_unlock(&journal->lock);
    return count;
}

void journal_set_report(struct journal *journal, const char *report, bool failed)
{
    pthread_mutex_lock(&journal->lock);
    ++*(failed ? &journal->runs.failed : &journal->runs.ok);
    journal->version++;
    snprintf(journal->report, sizeof(journal->report), "%s", report);
    pthread_mutex_unlock(&journal->lock);
}

void journal_report(struct journal *journal, char ret[static JOURNAL_REPORT_SIZE])
{
    pthread_mutex_lock(&journal->lock);
    memcpy(ret, journal->report, JOURNAL_REPORT_SIZE);
    pthread_mutex_unlock(&journal->lock);
}

struct journal_runs journal_runs(struct journal *journal)
{
    pthread_mutex_lock(&journal->lock);
    struct journal_runs runs = journal->runs;
    pthread_mutex_unlock(&journal->lock);
    return runs;
}

#include "fs/journal.h"

#include <pthread.h>
#include <stdlib.h>

struct journal {
    pthread_mutex_t lock;
    struct journal_entry last;
};

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

void journal_record(struct journal *journal, const struct journal_entry *entry)
{
    pthread_mutex_lock(&journal->lock);
    journal->last = *entry;
    pthread_mutex_unlock(&journal->lock);
}

struct journal_entry journal_last(struct journal *journal)
{
    pthread_mutex_lock(&journal->lock);
    struct journal_entry last = journal->last;
    pthread_mutex_unlock(&journal->lock);
    return last;
}

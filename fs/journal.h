/*
 * journal: how the last request ended, for `last` and `status`.
 *
 * Written by whichever thread gave the verdict, read by the FUSE thread; a lock for the moment of a copy.
 */
#ifndef CERTFS_FS_JOURNAL_H
#define CERTFS_FS_JOURNAL_H

#include <sys/types.h>

#include "core/import.h"

/* Who wrote the request. */
struct writer {
    uid_t uid;
    pid_t pid;
};

struct journal_entry {
    int64_t time; /* seconds since the epoch; 0: there was no request yet */
    enum action action;
    struct fault fault; /* REASON_NONE: it was carried out */
    char sentence[FAULT_MESSAGE_SIZE];
    struct writer writer;
};

struct journal;

MUST_CHECK int journal_new(struct journal **ret, struct fault *f);
void journal_freep(struct journal **journal); /* accepts NULL */

void journal_record(struct journal *journal, const struct journal_entry *entry);
struct journal_entry journal_last(struct journal *journal);

#endif

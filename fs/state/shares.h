/*
 * shares: limits on open files of a kind that costs certfs memory: texts (last, status, metrics, NAME.answer), control
 * and files of import/, judged or not.
 *
 * There is a limit for each user and one for all together. No user gets more than is left free, so a few greedy users
 * never take the last place. Root is neither counted nor limited, so nobody can lock root out. Any thread may call
 * every function.
 */
#ifndef CERTFS_FS_STATE_SHARES_H
#define CERTFS_FS_STATE_SHARES_H

#include <pthread.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/base/cleanup.h"

struct share_limits {
    unsigned per_user, all;
    size_t bytes_per_user, bytes_all;
};

/* The shares of texts, of control, and of files of import/. */
extern const struct share_limits shares_of_texts, shares_of_control, shares_of_import;

struct shares_sum {
    unsigned count;
    size_t bytes;
};

/* All zero but for the limits is empty. */
struct shares {
    const struct share_limits *limits;
    pthread_mutex_t lock; /* over all below */
    struct shares_sum all;
    void *users; /* tsearch(3) */
};

/* Forgets all that were counted. */
void shares_done(struct shares *shares);

/*
 * Counts a file of this size and returns 0; or an errno, and counts nothing: EMFILE, this user has too many; ENFILE,
 * all together have, or the user would have more than is left; ENOMEM. A user's only file may be of any size.
 */
MUST_CHECK int shares_open(struct shares *shares, uid_t uid, size_t size);
void shares_close(struct shares *shares, uid_t uid, size_t size);

/* Counts one that was counted already when a worker before this one served, whatever the limits. */
void shares_restore(struct shares *shares, uid_t uid, size_t size);

/* Changes the size of an open file; that is never refused. */
void shares_resize(struct shares *shares, uid_t uid, size_t from, size_t to);

#endif

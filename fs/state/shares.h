/*
 * shares: how many files each user has open, of a kind that costs certfs memory: texts (last, status, metrics,
 * NAME.answer), and files of import/, whether they are judged or not.
 *
 * One user is stopped before he takes the memory from the others, and so are all users together. Nobody gets more than
 * he leaves free: so a few greedy users never take the last place. Root is neither counted nor stopped: nobody can lock
 * root out. It has a lock of its own, for any thread.
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

/* Of texts, of control, and of files of import/. */
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

/* All that were counted are forgotten. */
void shares_done(struct shares *shares);

/*
 * Counts a file of that size. An errno, and nothing is counted: EMFILE, this user has too many; ENFILE, all together
 * have, or he would have more than is left; ENOMEM. A user's only file may be of any size.
 */
MUST_CHECK int shares_open(struct shares *shares, uid_t uid, size_t size);
void shares_close(struct shares *shares, uid_t uid, size_t size);

/* It has another size now; what is open already is never refused. */
void shares_resize(struct shares *shares, uid_t uid, size_t from, size_t to);

#endif

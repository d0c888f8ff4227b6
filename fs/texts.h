/*
 * texts: how many texts (last, status, metrics) are open, since each holds bytes in locked memory and may be waited on.
 *
 * Everybody may read them, so one user is stopped before he takes the memory or the importer's time from the others,
 * and so are all users together. Root is neither counted nor stopped: nobody can lock root out. Owned by the FUSE
 * thread.
 */
#ifndef CERTFS_FS_TEXTS_H
#define CERTFS_FS_TEXTS_H

#include <stddef.h>
#include <sys/types.h>

#include "core/cleanup.h"

enum {
    TEXTS_PER_USER = 256,
    TEXTS_MAX = 2048,
    TEXTS_BYTES_PER_USER = 8 * 1024 * 1024,
    TEXTS_BYTES_MAX = 64 * 1024 * 1024,
};

struct texts_sum {
    unsigned count;
    size_t bytes;
};

/* All zero is empty. */
struct texts {
    struct texts_sum all;
    void *users; /* tsearch(3) */
};

/* All that were counted are forgotten. */
void texts_done(struct texts *texts);

/*
 * Counts a text of that size. An errno, and nothing is counted: EMFILE, this user has too many; ENFILE, all together
 * have; ENOMEM. A user's only text may be of any size.
 */
MUST_CHECK int texts_open(struct texts *texts, uid_t uid, size_t size);
void texts_close(struct texts *texts, uid_t uid, size_t size);

/* The text was made anew and has another size; what is open already is never refused. */
void texts_resize(struct texts *texts, uid_t uid, size_t from, size_t to);

#endif

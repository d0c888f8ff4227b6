/*
 * answers: what the supervisor answers to the questions of the worker (ask.h).
 */
#ifndef CERTFS_FS_SUPERVISOR_ANSWERS_H
#define CERTFS_FS_SUPERVISOR_ANSWERS_H

#include <stdbool.h>

#include "core/base/directory.h"

struct disk;
struct options;
struct zygotes;

struct answers {
    struct directory_place store, keys;
    struct zygotes *zygotes; /* NULL: ENOSYS */
};

/* Answers from these directories, and with new zygotes; all is borrowed. */
void answers_init(struct answers *answers, const struct options *options, const struct disk *disk,
                  struct zygotes *zygotes);
void answers_done(struct answers *answers);

/*
 * Answers one question that waits on `fd`; closes it and sets it to -1 when the worker has closed its end. False if the
 * question is malformed, or the worker does not read the answer: then it is to be ended.
 */
bool answers_step(struct answers *answers, int *fd);

#endif

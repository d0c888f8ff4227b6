/*
 * answers: what the supervisor answers to the questions of the worker (ask.h). It never waits for a directory: a key
 * whose name the kernel does not have in its cache is opened, and the question answered, by a child.
 */
#ifndef CERTFS_FS_SUPERVISOR_ANSWERS_H
#define CERTFS_FS_SUPERVISOR_ANSWERS_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/base/directory.h"
#include "fs/disk/last_keys.h"

struct disk;
struct options;
struct zygotes;

enum { ANSWERS_CHILDREN_MAX = 32 };

struct answers {
    struct directory_place store, keys;
    struct zygotes *zygotes;              /* NULL: ENOSYS */
    struct last_keys last;                /* that were opened for a worker */
    pid_t children[ANSWERS_CHILDREN_MAX]; /* 0 for none */
};

/* Answers from these directories, and with new zygotes; all is borrowed. */
void answers_init(struct answers *answers, const struct options *options, const struct disk *disk,
                  struct zygotes *zygotes);

/* Kills the children, without waiting for them: the kernel may hold one. */
void answers_done(struct answers *answers);

/*
 * Answers one question that waits on `fd`; closes it and sets it to -1 when the worker has closed its end. False if the
 * question is malformed, or the worker does not read the answer: then it is to be ended.
 */
bool answers_step(struct answers *answers, int *fd);

#endif

/*
 * problems: what an operator should put right, and remarks, which are good to know; one sentence each, as in `status`.
 *
 * Filled while the supervisor and the worker start; later others add and end what is about something. The FUSE
 * thread reads. A lock is held for a walk over the list.
 */
#ifndef CERTFS_FS_REPORT_PROBLEMS_H
#define CERTFS_FS_REPORT_PROBLEMS_H

#include <pthread.h>
#include <stddef.h>

enum { PROBLEMS_MAX = 48, PROBLEMS_SIZE = 384, PROBLEMS_ABOUT_SIZE = 288 };

enum problem_kind { PROBLEM_TO_MEND, PROBLEM_REMARK };

struct problem {
    enum problem_kind kind;
    char about[PROBLEMS_ABOUT_SIZE]; /* "" where it stays as long as the worker runs */
    char sentence[PROBLEMS_SIZE];
};

struct problems {
    pthread_mutex_t lock;
    struct problem list[PROBLEMS_MAX];
    size_t count;
    size_t unlisted; /* problems beyond PROBLEMS_MAX */
};

#define PROBLEMS_INITIALIZER                                                                                           \
    {                                                                                                                  \
        .lock = PTHREAD_MUTEX_INITIALIZER                                                                              \
    }

/* Keeps a copy. `problems` is a struct problems: the shape of a report callback. */
void problems_add(void *problems, const char *sentence);

/* The same for a remark. */
void problems_remark(struct problems *problems, const char *sentence);

/* There is one problem about this: the sentence takes the place of the one before, "" ends it. */
void problems_set(struct problems *problems, const char *about, const char *sentence);

/* All that is about this gives way to what `by` holds, which nobody else uses; it may be empty. */
void problems_replace(struct problems *problems, const char *about, const struct problems *by);

/* How many there are to mend, also the unlisted. */
size_t problems_count(struct problems *problems);

/*
 * Calls `visit` for each sentence of this kind, in order, and at the end for one that says that there are more;
 * stops when it returns non-zero and returns that.
 */
int problems_visit(struct problems *problems, enum problem_kind kind, int (*visit)(void *context, const char *sentence),
                   void *context);

#endif

/*
 * problems: conditions that an operator should mend, and remarks, one sentence each, for `status`. Thread-safe.
 */
#ifndef CERTFS_FS_REPORT_PROBLEMS_H
#define CERTFS_FS_REPORT_PROBLEMS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fs/takeover/cells.h"

enum { PROBLEMS_MAX = 48, PROBLEMS_SIZE = 1024, PROBLEMS_ABOUT_SIZE = 288 };

enum problem_kind { PROBLEM_TO_MEND, PROBLEM_REMARK };

/* One that outlives the worker. Members are only ever appended, and zero is absent. */
struct kept_problem {
    uint32_t remark; /* it is one */
    char about[PROBLEMS_ABOUT_SIZE];
    char sentence[PROBLEMS_SIZE];
};

struct problem {
    enum problem_kind kind;
    char about[PROBLEMS_ABOUT_SIZE]; /* the key of problems_set; "" if it stays while the worker runs */
    char sentence[PROBLEMS_SIZE];
    size_t cell; /* where it outlives the worker, from 1; 0: it does not */
};

struct problems {
    pthread_mutex_t lock;
    struct problem list[PROBLEMS_MAX];
    size_t count;
    size_t unlisted; /* beyond PROBLEMS_MAX */
    struct cells cells;
};

#define PROBLEMS_INITIALIZER                                                                                           \
    {                                                                                                                  \
        .lock = PTHREAD_MUTEX_INITIALIZER                                                                              \
    }

/* Adds a copy of the sentence; one beyond PROBLEMS_SIZE ends in "...". A report callback; `problems` is a struct
 * problems. */
void problems_add(void *problems, const char *sentence);

/* Adds a remark. */
void problems_remark(struct problems *problems, const char *sentence);

/* Sets the problem with this key, replacing an older one; the sentence "" removes it. */
void problems_set(struct problems *problems, const char *about, const char *sentence);

/* The same of a remark. */
void problems_set_remark(struct problems *problems, const char *about, const char *sentence);

/* The same of a problem or remark that no later worker would find again: it outlives this one. */
void problems_set_lasting(struct problems *problems, enum problem_kind kind, const char *about, const char *sentence);

/* Adds those that an earlier worker has left in the cells, PROBLEMS_MAX of struct kept_problem, and keeps them there.
 */
void problems_restore(struct problems *problems, const struct cells *cells);

/* Replaces all problems with this key by those in `by`, which no other thread uses. */
void problems_replace(struct problems *problems, const char *about, const struct problems *by);

/* The number of problems, unlisted ones included, without remarks. */
size_t problems_count(struct problems *problems);

/*
 * Calls `visit` for each sentence of this kind, in order, and for one more if there are unlisted problems. Stops at the
 * first non-zero result and returns it.
 */
int problems_visit(struct problems *problems, enum problem_kind kind, int (*visit)(void *context, const char *sentence),
                   void *context);

#endif

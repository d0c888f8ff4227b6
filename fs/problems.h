/*
 * problems: what an operator should put right, one sentence each, as it stands in `status`. Filled while the worker
 * starts, never changed afterwards.
 */
#ifndef CERTFS_FS_PROBLEMS_H
#define CERTFS_FS_PROBLEMS_H

#include <stddef.h>

enum { PROBLEMS_MAX = 16, PROBLEMS_SIZE = 192 };

struct problems {
    char sentences[PROBLEMS_MAX][PROBLEMS_SIZE];
    size_t count;
    size_t unlisted; /* beyond PROBLEMS_MAX */
};

/* Keeps a copy. `problems` is a struct problems: the shape of a report callback. */
void problems_add(void *problems, const char *sentence);

#endif

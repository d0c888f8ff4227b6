/*
 * passes: the opens of one program of readers.c, on its threads, and the imports by another process around them.
 */
#ifndef CERTFS_TESTS_SNAPSHOT_PASSES_H
#define CERTFS_TESTS_SNAPSHOT_PASSES_H

#include <stdint.h>

#include "tests/snapshot/sets.h"

enum { OPENS_MAX = 8 };

enum how {
    HOW_THREAD,  /* one thread that lives on */
    HOW_PROCESS, /* a process of its own for each pass */
    HOW_POOL,    /* threads that live on, each file by any that is free */
    HOW_THREADS, /* threads that live on, each file by another one */
    HOW_ENDING,  /* a thread for each file, which ends */
};

struct program {
    const char *name, *order;
    enum how how;
};

/* One open: when it began and ended, in microseconds of the steady clock, and the set that was read. */
struct opened {
    size_t file;
    int set;
    int64_t began, ended;
};

struct pass {
    struct opened opened[OPENS_MAX];
    size_t count;
};

struct world {
    struct sets sets;
    struct place places[SCHEMES];
    size_t turns[SCHEMES]; /* the set that each has, or is about to get */
};

int64_t now_us(void);
void sleep_ms(long ms);

/* Starts the process that imports, and the threads that live on. */
void importer_start(struct world *world);
void workers_start(void);

/* Has the next set imported; then when its write began and returned. */
void import_ask(struct world *world, enum scheme scheme);
void import_wait(int64_t times[2]);

/* `importing`: after so many opens an import is asked for; -1: none. */
struct pass pass_make(const struct program *program, struct world *world, enum scheme scheme, long gap, int importing);

#endif

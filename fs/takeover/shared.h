/*
 * shared: the memory in which a worker keeps what must outlive it.
 *
 * The supervisor makes it; every worker inherits the mapping. It is divided into sections, of cells or of plain bytes.
 * Values of cells have no pointers, their members are only ever appended, and zero in a member means that it is absent:
 * so a program of another version can take them over. Beside it are a file in memory for sealed records, the vault, and
 * the secret that seals them. No process that executes another program has any of these, unless it passes the
 * descriptors on.
 */
#ifndef CERTFS_FS_TAKEOVER_SHARED_H
#define CERTFS_FS_TAKEOVER_SHARED_H

#include <stdatomic.h>
#include <stdint.h>

#include "core/base/cleanup.h"
#include "fs/takeover/cells.h"

struct fault;

enum { SHARED_VERSION = 1, SHARED_SECRET_SIZE = 32 };

/* Numbers are never reused: they name a section for programs of other versions. */
enum shared_section {
    SHARED_REQUESTS = 1, /* raw: requests that are not answered */
    SHARED_INIT,         /* the kernel's first request, and the reply to it */
    SHARED_OPENS,        /* files of sets that are open */
    SHARED_HANDLES,      /* other files that are open */
    SHARED_ANSWERS,      /* the answers to requests, in blocks */
    SHARED_PINS,         /* what threads are reading */
    SHARED_VERDICTS,     /* how requests of import/ ended */
    SHARED_JOURNAL,      /* the last request, and counters */
    SHARED_READERS,      /* processes that opened a key */
    SHARED_INTENTS,      /* what is being committed */
    SHARED_PAUSE,        /* for how long no worker ran */
    SHARED_AUDIT,        /* counts of events for the log */
    SHARED_UPLOADS,      /* documents that are being written, or are judged and open */
    SHARED_FILES,        /* files of import/ */
    SHARED_REMOVED,      /* the newest request that removed a name in import/ */
    SHARED_ENDS,         /* how workers ended */
    SHARED_PROBLEMS,     /* those that no other worker would find again */
    SHARED_TOPS,         /* how far tables are used */
    SHARED_PAGES,        /* keys that are to leave the page cache */
    SHARED_SECTIONS      /* at most; the next one is inserted before */
};

/* A section holds `count` cells of `size` bytes each, or, if `raw`, as many bytes without cells. */
struct shared_row {
    size_t size, count;
    enum shared_section section;
    bool raw; /* populated and locked, so that the kernel can always write there; the others as they are used */
};

/* Words that all processes of certfs read. */
struct shared_head {
    _Atomic uint32_t worker;   /* the number of the running worker, from 1 */
    _Atomic uint32_t pid;      /* its process; 0: unknown */
    _Atomic uint64_t progress; /* moves when a request begins and when it ends; odd while one is being processed */
    _Atomic uint32_t idle;     /* not 0: nobody looks at that; the worker is to report the next request */
    _Atomic uint64_t started;  /* when that process started, in clock ticks since boot */
};

struct shared;

/* Descriptors by which another program can take over. Close-on-exec. */
struct shared_descriptors {
    int memory, vault, secret;
};

/* All zero but for the secret, which is random. Faults: system (with errno), no_memory. */
MUST_CHECK int shared_new(const struct shared_row rows[], size_t count, struct shared **ret, struct fault *f);

/*
 * Maps what another program has made, as it is: a worker of that program may still use it. The descriptors are the
 * result's from then on; on -1 they are still the caller's. Faults: system (with errno; without if it is no such
 * memory, or one of another version), no_memory.
 */
MUST_CHECK int shared_attach(const struct shared_descriptors *descriptors, struct shared **ret, struct fault *f);

/*
 * Gives it these sections, while no worker runs: if they have other sizes, they are copied into a new memory: values
 * are cut, or continued with zero, and what is not known is dropped. Fault: system (with errno); it is unchanged then.
 */
MUST_CHECK int shared_fit(struct shared *shared, const struct shared_row rows[], size_t count, struct fault *f);

void shared_freep(struct shared **shared); /* accepts NULL */

struct shared_descriptors shared_descriptors(const struct shared *shared);
struct shared_head *shared_head(const struct shared *shared);

/* From this number on a worker can number things, up to bit 61, so that no other worker's have the same; 1 for NULL. */
uint64_t shared_first_number(const struct shared *shared);

/* The cells of a section; none if there is no such section, or `shared` is NULL. */
struct cells shared_cells(const struct shared *shared, enum shared_section section);

/* The bytes of a raw section; NULL as above. */
void *shared_raw(const struct shared *shared, enum shared_section section, size_t *ret_size);

/* The file of sealed records; -1 for a NULL. The secret, SHARED_SECRET_SIZE bytes. */
int shared_vault(const struct shared *shared);
const unsigned char *shared_secret(const struct shared *shared);

#endif

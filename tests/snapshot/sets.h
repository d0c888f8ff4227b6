/*
 * sets: what the torn-set test rotates: known sets of files, three ways of replacing one by the next, and others
 * beside.
 */
#ifndef CERTFS_TESTS_SNAPSHOT_SETS_H
#define CERTFS_TESTS_SNAPSHOT_SETS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { SETS_MAX = 16, FILES = 4, FILE_MAX = 128 * 1024 };

/* ca, cert, key and, of named sets alone, certificate.json; their letters in an order of opens are a, c, k and j. */
extern const char *const file_names[FILES];

/* Its place among these, of a small letter or a capital. */
size_t file_of(char letter);

struct piece {
    char *bytes;
    size_t size;
};

/* One set as it is served, and the request that brings it. */
struct set {
    struct piece files[FILES];
    struct piece payload;
};

struct sets {
    struct set all[SETS_MAX];
    size_t count;
};

/* Loads all files and payload.json of each folder. Ends the program if two sets share a file. */
void sets_load(struct sets *sets, char *const folders[], size_t count, bool named);
void sets_free(struct sets *sets);

/* The set that these bytes are that file of, -1 for none. */
int sets_find(const struct sets *sets, size_t file, struct piece bytes);

/*
 * An open file to its end, by reading or through a private mapping of `size` bytes (what is behind these is read).
 * Returns how long it is, -1 with errno. `buffer` holds FILE_MAX bytes.
 */
ssize_t file_read(int fd, char *buffer);
ssize_t file_map(int fd, size_t size, char *buffer);

/* A way of delivering a set. */
enum scheme {
    SCHEME_CERTFS,     /* the payload to control */
    SCHEME_RENAME,     /* each file written beside and renamed */
    SCHEME_KUBERNETES, /* a folder written, and the link ..data to it replaced */
    SCHEMES,
};

extern const char *const scheme_names[SCHEMES];

/* Where a scheme delivers: a folder. */
struct place {
    enum scheme scheme;
    int folder;
    size_t files;
    const char *control;   /* of certfs, as it is reached from the folder */
    char restore[128];     /* of certfs: the request */
    unsigned long version; /* of the Kubernetes way */
};

/* Prepares the folder; with a name, that of a named set below certfs. */
void place_open(struct place *place, enum scheme scheme, const char *path, const char *named);
void place_close(struct place *place);

/* Delivers the set, to certfs as the previous one where it is; ends the program where that fails. */
void place_rotate(struct place *place, const struct set *set, bool restore);

/* Swaps the set with the previous one, in certfs. */
void place_restore(const struct place *place);

/* Sets that rotate beside the one that is read: a named one and the root set, back and forth without a pause. */
struct beside {
    pthread_t thread;
    struct place named, root;
    bool runs;
    atomic_bool stop;
    unsigned long rotations; /* of both together */
};

/* NULL for the identifier: none does. */
void beside_start(struct beside *beside, const char *mount, const char *identifier);

/* Returns how many rotations there were. */
unsigned long beside_stop(struct beside *beside);

/* Prints the failed call with its errno, and ends the program. */
__attribute__((noreturn)) void give_up(const char *what);

#endif

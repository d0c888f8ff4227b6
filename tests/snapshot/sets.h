/*
 * sets: what the torn-set test rotates: known sets of files, and three ways of replacing one by the next.
 */
#ifndef CERTFS_TESTS_SNAPSHOT_SETS_H
#define CERTFS_TESTS_SNAPSHOT_SETS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { SETS_MAX = 16, FILES = 3, FILE_MAX = 128 * 1024 };

/* Called ca, cert and key; their letters in an order of opens are a, c and k. */
extern const char *const file_names[FILES];

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

/* Loads FOLDER/{ca,cert,key}.pem and payload.json of each folder. Ends the program if two sets share a file. */
void sets_load(struct sets *sets, char *const folders[], size_t count);
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
    unsigned long version; /* of the Kubernetes way */
};

/* Prepares the folder. */
void place_open(struct place *place, enum scheme scheme, const char *path);
void place_close(struct place *place);

/* Delivers the set, to certfs as the previous one where it is; ends the program where that fails. */
void place_rotate(struct place *place, const struct set *set, bool restore);

/* Says what failed with its errno, and ends the program. */
__attribute__((noreturn)) void give_up(const char *what);

#endif

/*
 * load_fixture: a store, keys, and a registry that is loaded from them, over restarts.
 */
#ifndef CERTFS_TESTS_UNIT_LIB_LOAD_FIXTURE_H
#define CERTFS_TESTS_UNIT_LIB_LOAD_FIXTURE_H

#include "core/registry/load.h"
#include "tests/unit/lib/pki.h"

struct loaded {
    int store_folder, keys_folder;
    struct registry *registry;
    struct material *first, *second; /* by loaded_setup alone */
    char report[1024];               /* of the last start: the last one, and how many there were */
    char about[64];                  /* the file that it was about */
    size_t reports;
    bool taken_over; /* the next start is that of a process that takes over */
};

extern struct loaded loaded;

/* At this time. */
#define LOADED_NOW ((struct moment){.wall = PKI_NOW, .steady = 1})

/* Folders, the key "certfs", and a registry that is loaded. */
void loaded_begin(void);
void loaded_end(void);

/* The same with two materials and the key "other". */
void loaded_setup(void);
void loaded_teardown(void);
/* For registry_load: counts and keeps. */
void loaded_report(void *context, const char *name, const char *sentence);

/* The caller's to free. */
struct store *loaded_archive(void);

/* Opens the store and fills a new registry; there is none on -1. */
int loaded_start(int64_t wall, struct fault *f);
void loaded_stop(void);
void loaded_restart(void);

/* registry_commit, which keeps the law. `key_id`: NULL for the default. The fault is cleared first. */
int loaded_try_commit(const char *identifier, const char *key_id, struct material *material, struct commit *ret,
                      struct fault *f);

/* The same where it must not fail; the generation's number. */
uint64_t loaded_commit(const char *identifier, const char *key_id, struct material *material);

/* Takes a file of a key away, whose bytes are appended. */
void loaded_take_key(const char *file, struct buf *ret);

/* Whether the store's mark is this number. */
bool loaded_has_mark(uint64_t number);

/* Removes the mark of this number, if there is one. */
void loaded_remove_mark(uint64_t number);

#endif

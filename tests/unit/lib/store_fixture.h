/*
 * store_fixture: a store in a folder of the test's own.
 */
#ifndef CERTFS_TESTS_UNIT_LIB_STORE_FIXTURE_H
#define CERTFS_TESTS_UNIT_LIB_STORE_FIXTURE_H

#include "core/store/dir_store.h"

struct stored {
    int folder;
    struct dir_store *store;
    char name[DIR_STORE_NAME_SIZE]; /* the root set's record, which the functions below are about */
};

extern struct stored stored;

void stored_setup(void);
void stored_teardown(void);
/* Closes the store and opens it anew. */
void stored_reopen(void);

int stored_put(const char *record, struct fault *f);

/* Removes the record, which must not fail; what was found. */
enum store_removed stored_remove(void);

/* The next record of the store, or none (NULL). */
void stored_expect(const char *record);

#endif

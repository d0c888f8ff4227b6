/*
 * names: identifiers of the lengths at which sentences run out of room, of a letter that no sentence has.
 */
#ifndef CERTFS_TESTS_UNIT_LIB_NAMES_H
#define CERTFS_TESTS_UNIT_LIB_NAMES_H

#include <stdbool.h>
#include <stddef.h>

enum { NAMES_COUNT = 6, NAMES_SIZE = 256 };

/* The name number `index`, below NAMES_COUNT; they have 1 to 255 characters. */
void names_make(size_t index, char ret[static NAMES_SIZE]);

/* Whether the text has the whole name at least once; fails the test if it has a part of it. */
bool names_is_whole_in(const char *text, const char *name);

/* Fails the test unless it has. */
void names_expect_in(const char *text, const char *name);

#endif

/*
 * parser: what each parser of foreign bytes is put through beside every mutant of a sample (mutate.h): a text whose
 * allocations fail in turn, and one whose secret must not stay in memory that was released.
 */
#ifndef CERTFS_TESTS_UNIT_LIB_PARSER_H
#define CERTFS_TESTS_UNIT_LIB_PARSER_H

#include "tests/unit/lib/mutate.h"

/* alloc_fail_each of one text. `take`: as for mutate_each, keeps the law and releases all that it made. */
size_t parser_fail_each(struct span text, mutant_taker *take, void *context);

/* Fails the test if a block that `take` released held the secret. */
void parser_expect_wiped(struct span secret, struct span text, mutant_taker *take, void *context);

/* The same of any other function. */
void expect_wiped(struct span secret, void (*attempt)(void *context), void *context);

#endif

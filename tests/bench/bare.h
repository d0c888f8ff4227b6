/*
 * bare: the OpenSSL calls that an import cannot do without, and nothing else: parse, match, verify, shake hands.
 */
#ifndef CERTFS_TESTS_BENCH_BARE_H
#define CERTFS_TESTS_BENCH_BARE_H

#include <stddef.h>

enum { BARE_FILE_MAX = 16384 };

/* The three files of a set, read into memory. */
struct bare_set {
    struct {
        char bytes[BARE_FILE_MAX];
        size_t size;
    } ca, cert, key;
};

int bare_load(const char *folder, struct bare_set *ret);

/* 0, or -1 if any of the calls fails. */
int bare_import(const struct bare_set *set);

#endif

/*
 * plain: the OpenSSL calls that a start cannot do without, and nothing else: CMS decrypt, then PEM to certificates and
 * key.
 */
#ifndef CERTFS_TESTS_BENCH_PLAIN_H
#define CERTFS_TESTS_BENCH_PLAIN_H

#include <stddef.h>

/* Opens and parses every record in the folder with this key of 32 bytes. Returns how many; 0 where one fails. */
size_t plain_open_all(const char *folder, const unsigned char *key);

#endif

/*
 * fields: one line of KEY=VALUE fields, with one blank between them.
 *
 * A value of A-Z a-z 0-9 . _ : / + - alone stands as it is. Any other one stands in double quotes; inside of them a
 * quote and a backslash have a backslash in front, and bytes that are not printable ASCII are \x and two hexadecimal
 * digits. No value is "-" without quotes, and so is an empty one that is known to be empty: "". So a line is taken
 * apart in one way only, whatever bytes a value brings, and it is one line of printable ASCII.
 */
#ifndef CERTFS_FS_REPORT_FIELDS_H
#define CERTFS_FS_REPORT_FIELDS_H

#include <stdint.h>
#include <sys/types.h>

enum { FIELDS_LINE_SIZE = 1024 };

struct fields {
    char line[FIELDS_LINE_SIZE]; /* always a C string */
    size_t length;
};

/* Adds a field; NULL is no value. A value that does not fit is cut, and what comes behind it is left out. */
void fields_add(struct fields *fields, const char *key, const char *value);

void fields_add_number(struct fields *fields, const char *key, uint64_t value);

/* The time in seconds since the epoch as RFC 3339 writes it, UTC. */
void fields_add_time(struct fields *fields, const char *key, int64_t value);

#endif

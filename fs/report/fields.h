/*
 * fields: a line of KEY=VALUE fields, separated by one blank.
 *
 * Values of A-Z a-z 0-9 . _ : / + - are written unchanged. Others are in double quotes, where a quote and a backslash
 * are preceded by a backslash, and bytes that are not printable ASCII are \x and two hexadecimal digits. A missing
 * value is
 * -, an empty one "", and the text - is "-". So each line is printable ASCII and can be parsed in one way only.
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

/* Adds a field; NULL is a missing value. A value that does not fit is cut, and later fields are left out. */
void fields_add(struct fields *fields, const char *key, const char *value);

void fields_add_number(struct fields *fields, const char *key, uint64_t value);

/* Adds a time, in seconds since the epoch, in the format of RFC 3339, UTC. */
void fields_add_time(struct fields *fields, const char *key, int64_t value);

#endif

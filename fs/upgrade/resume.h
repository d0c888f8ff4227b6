/*
 * resume: a text about the state of a supervisor, for the program that it executes in its place.
 *
 * One line for each member: its name, a blank, its value; a line feed in a value is written as \n, a backslash twice.
 * A name may occur several times. Members are only ever added, and a reader skips those that it does not know, so that
 * programs of different versions understand each other; a change that would break this increases the number in the
 * first line. Descriptors stand there by their numbers: they stay open across execve(2).
 */
#ifndef CERTFS_FS_UPGRADE_RESUME_H
#define CERTFS_FS_UPGRADE_RESUME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/fault.h"

enum { RESUME_VERSION = 1, RESUME_MEMBERS_MAX = 16384 };

struct resume_member {
    const char *name, *value; /* point into `text` */
    bool taken;               /* of a descriptor: resume_take_descriptor returned it */
};

/* All zero is an empty one. A value that was read is valid until resume_done. */
struct resume {
    struct buf text;
    struct resume_member *members; /* of one that was read */
    size_t count;
};

/* Releases all but the descriptors. */
void resume_done(struct resume *resume);

/* ---- writing ---- */

/* Appends a member. Faults: no_memory, too_large. */
MUST_CHECK int resume_add(struct resume *resume, const char *name, const char *value, struct fault *f);
MUST_CHECK int resume_add_number(struct resume *resume, const char *name, int64_t value, struct fault *f);

/* Appends a member for each number above 0. Faults as above. */
MUST_CHECK int resume_add_numbers(struct resume *resume, const char *name, const int *list, size_t count,
                                  struct fault *f);

/* Appends "fd.NAME NUMBER"; nothing for -1. Faults as above. */
MUST_CHECK int resume_add_descriptor(struct resume *resume, const char *name, int fd, struct fault *f);

/* Writes it into a file in memory, close-on-exec, read from its beginning. Faults: system (with errno), no_memory. */
MUST_CHECK int resume_write(const struct resume *resume, int *ret_fd, struct fault *f);

/* ---- reading ---- */

/* Parses a text, which is moved. Faults: system (it is no such text, or one of another version), no_memory. */
MUST_CHECK int resume_parse(struct buf *text, struct resume *ret, struct fault *f);

/* The same of a file, from its beginning. Faults: also system (with errno), too_large. */
MUST_CHECK int resume_read(int fd, struct resume *ret, struct fault *f);

/* The value of the first member of this name; NULL if there is none. */
const char *resume_get(const struct resume *resume, const char *name);

/* The value of the next member of this name from `*at` on, which is advanced; NULL at the end. */
const char *resume_next(const struct resume *resume, const char *name, size_t *at);

/* The number of the first member of this name; `otherwise` if there is none, or it is no number. */
int64_t resume_number(const struct resume *resume, const char *name, int64_t otherwise);

/* The numbers of all members of this name, up to `count`; returns how many. */
size_t resume_numbers(const struct resume *resume, const char *name, int *ret, size_t count);

/* ---- descriptors ---- */

/* Whether the descriptors of all its members "fd.NAME" stay open across execve(2), of one that was read. */
MUST_CHECK int resume_set_inherited(const struct resume *resume, bool inherited);

/* The descriptor of "fd.NAME", the caller's from then on; -1 if there is none, or it is not open. */
int resume_take_descriptor(struct resume *resume, const char *name);

/* Closes the descriptors that nobody has taken. */
void resume_close_rest(const struct resume *resume);

#endif

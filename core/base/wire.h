/*
 * wire: values as bytes, from one process of certfs to another that trusts none of them.
 *
 * A value has one form: a number is eight bytes, the highest first; a flag is one byte, 0 or 1; a text or a buf is its
 * length, as a number, and its bytes. A struct is written member by member, by a table that bounds what is read.
 * Nothing in here is decoded. A value that breaks its row of the table is refused: judge_failed.
 */
#ifndef CERTFS_CORE_BASE_WIRE_H
#define CERTFS_CORE_BASE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"

/* Times are within this many seconds of the epoch: any year that a certificate can name is. */
#define WIRE_TIME_MAX (INT64_C(1) << 40)

enum wire_kind {
    WIRE_FLAG,   /* a bool */
    WIRE_NUMBER, /* a uint64_t from `min` to `max` */
    WIRE_SMALL,  /* an int, unsigned or enum of four bytes, from `min` to `max` */
    WIRE_TIME,   /* an int64_t, within WIRE_TIME_MAX */
    WIRE_TEXT,   /* an array of `max` + 1 characters: `min` to `max` of them, printable ASCII, and a NUL */
    WIRE_BUF,    /* a struct buf of `min` to `max` bytes */
    WIRE_UTF8,   /* the same, of UTF-8 without NUL */
};

struct wire_member {
    const char *name; /* for messages */
    enum wire_kind kind;
    size_t offset;     /* within the struct */
    uint64_t min, max; /* see the kind */
};

/* Appends the members of a struct. Faults: no_memory, too_large. */
MUST_CHECK int wire_write(const struct wire_member *members, size_t count, const void *source, struct buf *ret,
                          struct fault *f);
MUST_CHECK int wire_write_number(uint64_t number, struct buf *ret, struct fault *f);
MUST_CHECK int wire_write_bytes(struct span bytes, struct buf *ret, struct fault *f);

/*
 * The bytes that are still to be read. The first thing that is wrong fills `f`, and from then on reading does nothing.
 */
struct wire_reader {
    struct span rest;
    const char *what; /* the subject of messages: "the parsed request" */
    struct fault *f;  /* empty at first */
};

bool wire_is_refused(const struct wire_reader *reader);

/* Refuses the whole, unless it is already: judge_failed, "WHAT cannot be used: NAME FLAW". */
void wire_refuse(struct wire_reader *reader, const char *name, const char *flaw);

/* Fills the members of a struct, which are all zero. Those before a wrong one stay filled. */
void wire_read(struct wire_reader *reader, const struct wire_member *members, size_t count, void *target);

/* Returns 0 where something is wrong. */
uint64_t wire_read_number(struct wire_reader *reader, const char *name, uint64_t max);

/* Borrows bytes from what is read; none where something is wrong. */
struct span wire_read_bytes(struct wire_reader *reader, const char *name, size_t max);

/* Is called last: bytes that are left are refused. Returns -1 if something was. Faults: judge_failed, no_memory. */
MUST_CHECK int wire_end(struct wire_reader *reader);

/* Appends a fault of parsing or judging, which is never one of a system call. Faults: no_memory, too_large. */
MUST_CHECK int wire_write_fault(const struct fault *fault, struct buf *ret, struct fault *f);

/* Fills `f` with the fault that was written, or judge_failed. Returns -1. */
int wire_read_fault(struct span bytes, struct fault *f);

#endif

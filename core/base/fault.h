/*
 * fault: an error, in the one form that all of certfs uses.
 *
 * A function that can fail returns 0 or -1 and takes a `struct fault *` as its last parameter, which it fills exactly
 * when it returns -1. A fault has a fixed size, so that it needs no allocation. The first and deepest cause wins:
 * setting a fault that is already set changes nothing.
 *
 * A message is one sentence of at most 120 printable ASCII characters: what was found and what is allowed. It never
 * holds a byte of the payload; names from certificates are escaped first.
 */
#ifndef CERTFS_CORE_BASE_FAULT_H
#define CERTFS_CORE_BASE_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/cleanup.h" /* handed on */

enum {
    FAULT_FIELD_SIZE = 80,    /* with the final NUL */
    FAULT_MESSAGE_SIZE = 121, /* with the final NUL */
};

/* Why a request was refused, in the order of the table in README.md. One row of the table in fault.c each. */
enum reason {
    REASON_NONE,
    REASON_MALFORMED_JSON,
    REASON_MISSING_FIELD,
    REASON_UNKNOWN_FIELD,
    REASON_DUPLICATE_FIELD,
    REASON_WRONG_TYPE,
    REASON_TOO_LARGE,
    REASON_UNSUPPORTED,
    REASON_MALFORMED_PEM,
    REASON_WRONG_BLOCK,
    REASON_ENCRYPTED_KEY,
    REASON_KEY_MISMATCH,
    REASON_HANDSHAKE_FAILED,
    REASON_UNTRUSTED_CHAIN,
    REASON_NOT_A_CA,
    REASON_SAME_NAME,
    REASON_EXPIRED,
    REASON_NOT_YET_VALID,
    REASON_WEAK_KEY,
    REASON_WEAK_SIGNATURE,
    REASON_WRONG_PURPOSE,
    REASON_LOSES_FILES,
    REASON_TOO_COSTLY,
    REASON_JUDGE_FAILED, /* the process that judged it ended before it had answered, or answered nonsense */
    REASON_EXISTS,
    REASON_QUOTA,
    REASON_NOT_FOUND,
    REASON_KEY_NOT_ACCESSIBLE,
    REASON_BUSY,
    REASON_STORE_FAILED,
    REASON_NO_MEMORY,
    REASON_COUNT, /* of those above; the others never appear in an answer to a request */

    /* The program's own failures, for the command line and the log. Not used in core. */
    REASON_SYSTEM = REASON_COUNT, /* a call failed, or something on the host is missing or in the way */
    REASON_USAGE,                 /* the command line is wrong: exit status 2 */
    REASON_ALL,
};

struct fault {
    enum reason reason;
    int os_errno; /* of the failed system call; 0 if there was none */
    char field[FAULT_FIELD_SIZE];
    char message[FAULT_MESSAGE_SIZE];
};

/* Returns the name of a reason as it appears in answers ("key_mismatch"); "none" for REASON_NONE. */
const char *reason_name(enum reason reason);

/* Whether "Accept" may name this reason. */
bool reason_is_waivable(enum reason reason);

/* The same of all reasons in a set of bits 1 << reason. */
bool reason_are_waivable(uint32_t reasons);

/* Returns the reason with this name, or REASON_NONE. */
enum reason reason_find(const char *name);

/* Returns AWS's name of a reason ("InvalidCertificateFault"). */
const char *reason_wire_name(enum reason reason);

/*
 * Fills `f` unless it is already filled, and returns -1, so that callers can write `return fault_set(...)`. `field` is
 * the path of the member at fault ("ssl_cert"), "" for the whole document. Characters of the message that are not
 * printable ASCII become '?'; a message that is too long ends in "...".
 */
int fault_set(struct fault *f, enum reason reason, const char *field, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The same for a failed system call: keeps `os_errno` and appends ": " and its text to the message. */
int fault_set_errno(struct fault *f, enum reason reason, int os_errno, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Sets the fault no_memory. Returns -1. */
int fault_no_memory(struct fault *f);

/* Prefixes the field path with `parent` ("Tags[2]" and "Key" give "Tags[2].Key"). Returns -1. */
int fault_at(struct fault *f, const char *parent);

/*
 * Prefixes the message of a JSON member error with the field, if the message does not name it and there is space:
 * "Tags[2].Key: more than 128 characters". Call it when the path is complete, since messages are shown alone.
 */
void fault_name_field(struct fault *f);

/* Clears a fault, so that it can be used again. */
void fault_clear(struct fault *f);

/* Returns the errno for a writer to `control`; never one on which writers retry. */
int fault_errno_control(const struct fault *f);

/* Returns the errno for a writer to `import/`; always below 120, so that MariaDB prints its text. */
int fault_errno_import(const struct fault *f);

#endif

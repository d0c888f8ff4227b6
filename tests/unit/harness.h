/*
 * harness: cmocka with what it needs, and the law that every function of core keeps.
 */
#ifndef CERTFS_TESTS_UNIT_HARNESS_H
#define CERTFS_TESTS_UNIT_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#ifdef assert_int_in_range /* cmocka 2 has it, and deprecates the other one */
#undef assert_in_range
#define assert_in_range assert_int_in_range
#endif
#undef stop /* cmocka 2 has a macro of this name, and tests have functions */

#include "core/buf.h"
#include "core/fault.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/*
 * The law: 0 and no fault, or -1 and a fault; a fault has a sentence of at most 120 printable ASCII characters, and
 * neither it nor the field path holds 8 successive bytes of `secret` (the payload's, or an empty span).
 */
void law_check(int result, const struct fault *f, struct span secret);

/* The law, and that the outcome is this one. */
void law_expect(int result, const struct fault *f, enum reason reason);

/* Fails the test if the buf does not hold exactly this text. */
void expect_text(const struct buf *buf, const char *text);

/* Appends; fails the test where it cannot. */
void add_text(struct buf *buf, const char *text);
void add_bytes(struct buf *buf, struct span bytes);

/* The same of a text as it stands in JSON: its line feeds are escaped, it has nothing else that would be. */
void add_escaped(struct buf *buf, struct span text);

/* Whether `text` occurs in the span. */
bool span_has(struct span span, struct span text);

#endif

/*
 * harness: cmocka with what it needs, and the law that every function of core keeps.
 */
#ifndef CERTFS_TESTS_UNIT_LIB_HARNESS_H
#define CERTFS_TESTS_UNIT_LIB_HARNESS_H

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

#include "core/base/buf.h"
#include "core/base/fault.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Tests and fixtures list themselves. The tests of a file run in its order, in a process of their own.
 *
 *     TEST(name) { ... }                          a test
 *     TEST_WITH(before, after, name) { ... }      a test between two functions of its own
 *     EACH_TEST(before, after);                   two functions about each TEST of this file
 *     ALL_TESTS(before, after);                   two functions about all tests of this file together
 *
 * All of these functions are void (void), fail by asserting, and may be NULL. `after` runs after a failure too.
 */
struct listed_test {
    const char *file, *name;
    int line;
    void (*run)(void), (*before)(void), (*after)(void);
    struct listed_test *next;
};

struct listed_fixture {
    const char *file;
    void (*before)(void), (*after)(void);
    struct listed_fixture *next;
};

void list_test(struct listed_test *test);
void list_each_test(struct listed_fixture *fixture);
void list_all_tests(struct listed_fixture *fixture);

#define TEST_WITH(before, after, name)                                                                                 \
    static void name(void);                                                                                            \
    __attribute__((constructor)) static void list_##name(void)                                                         \
    {                                                                                                                  \
        static struct listed_test self = {__FILE__, #name, __LINE__, name, before, after, NULL};                       \
        list_test(&self);                                                                                              \
    }                                                                                                                  \
    static void name(void)

#define TEST(name) TEST_WITH(NULL, NULL, name)

#define LIST_FIXTURE(list, before, after)                                                                              \
    __attribute__((constructor)) static void list##_here(void)                                                         \
    {                                                                                                                  \
        static struct listed_fixture self = {__FILE__, before, after, NULL};                                           \
        list(&self);                                                                                                   \
    }                                                                                                                  \
    struct listed_fixture

#define EACH_TEST(before, after) LIST_FIXTURE(list_each_test, before, after)
#define ALL_TESTS(before, after) LIST_FIXTURE(list_all_tests, before, after)

/* The first calls of certfs's main: the allocator of secrets for OpenSSL, and for cJSON. */
void start_core(void);

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

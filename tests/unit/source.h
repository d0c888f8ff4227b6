/*
 * source: what status and metrics tell about, with nothing in it at first and at PKI_NOW, for tests.
 */
#ifndef CERTFS_TESTS_UNIT_SOURCE_H
#define CERTFS_TESTS_UNIT_SOURCE_H

#include "fs/status.h"

/* Fresh for every test. */
extern struct status_source source;
extern struct problems problems;

/* Appends the text of metrics and a NUL. */
void write_metrics(struct buf *ret);

/* That it has this line. */
void expect_line(const struct buf *text, const char *line);

/* For cmocka. */
int source_setup(void **state);
int source_teardown(void **state);

#define SOURCE_TEST(name) cmocka_unit_test_setup_teardown(name, source_setup, source_teardown)

#endif

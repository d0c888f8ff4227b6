/*
 * status_fixture: the input of status and metrics, with nothing in it at first and at PKI_NOW, for tests.
 */
#ifndef CERTFS_TESTS_UNIT_LIB_STATUS_FIXTURE_H
#define CERTFS_TESTS_UNIT_LIB_STATUS_FIXTURE_H

#include "fs/report/status.h"

/* Fresh for every test. */
extern struct status_source source;
extern struct problems problems;

/* Appends the text of metrics and a NUL. */
void write_metrics(struct buf *ret);

/* That it has this line. */
void expect_line(const struct buf *text, const char *line);

/* Replaces the audit, which was freed. */
void source_new_audit(void);

/* Before and after each test. */
void source_setup(void);
void source_teardown(void);

#endif

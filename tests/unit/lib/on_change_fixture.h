/*
 * on_change_fixture: a hook, its options and a folder for its program, for tests of the hook.
 */
#ifndef CERTFS_TESTS_UNIT_LIB_ON_CHANGE_FIXTURE_H
#define CERTFS_TESTS_UNIT_LIB_ON_CHANGE_FIXTURE_H

#include "fs/supervisor/on_change.h"

enum { PATIENCE_MS = 20000 };

/* Fresh for every test. */
extern int folder;
extern struct options options;
extern struct on_change hook;

extern struct on_change_report ended; /* the last run that has ended */
extern const char *const report;      /* its text */

/* The program of on_change=. */
void use_program(const char *path);

/* Goes on until a run has ended; the clock stands still at `now`. */
void run_to_its_end(int64_t now);

/* Before and after each test. */
void hooking_setup(void);
void hooking_teardown(void);

#endif

/*
 * test_deaths: a worker that ends itself by SIGKILL at a named point, and fsync(2) that takes long, for tests. Nothing
 * of it does anything unless built with make HOOKS=1.
 *
 * CERTFS_TEST_DIE=POINT[:N]  each worker dies at its Nth passing of the point (1).
 * CERTFS_TEST_DIE=/FILE      a test that has mapped the same file, a struct test_deaths, decides while certfs runs.
 *
 * renameat(2), fsync(2) and unlinkat(2) of the worker are points without a line where they are called: before-rename,
 * after-rename, before-fsync, after-fsync, before-unlink, after-unlink.
 */
#ifndef CERTFS_FS_HOST_TEST_DEATHS_H
#define CERTFS_FS_HOST_TEST_DEATHS_H

#include <stdatomic.h>
#include <stdint.h>

enum { TEST_DEATHS_POINTS = 24 };

/* tests/takeover/plan.py knows the offsets. */
struct test_deaths {
    _Atomic uint32_t armed;    /* the point's number in test_deaths.c, from 1; 0: none */
    _Atomic int32_t left;      /* passings until the death; below 0: each worker dies there */
    _Atomic uint32_t count;    /* of deaths */
    _Atomic uint32_t fsync_ms; /* each fsync(2) takes at least so long, as long as this is set */
    _Atomic uint64_t passed[TEST_DEATHS_POINTS];
};

/*
 * The process passes this point, or dies here. "after-read" is that of the FUSE thread, and makes the process one whose
 * points count: a supervisor has none.
 */
void test_deaths_pass(const char *point);

#endif

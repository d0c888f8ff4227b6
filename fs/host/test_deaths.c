#include "fs/host/test_deaths.h"

#ifdef CERTFS_TEST_HOOKS

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "fs/host/clock.h"

enum { STEP_MS = 10 };

static const char *const points[] = {
    "after-read",   "before-reply", "after-reply",   "judging",      "before-rename", "after-rename",
    "before-fsync", "after-fsync",  "before-unlink", "after-unlink", "committed",     "spread",
    "notice",       "noticed",      "before-answer", "intended",
};
_Static_assert(sizeof(points) / sizeof(points[0]) <= TEST_DEATHS_POINTS, "each has its counter");

static struct test_deaths own;
static struct test_deaths *deaths = &own;
static bool serves; /* this process is a worker */

static size_t test_deaths_number(const char *point, size_t length)
{
    for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++)
        if (strlen(points[i]) == length && memcmp(points[i], point, length) == 0)
            return i + 1;
    fprintf(stderr, "certfs: no such point: %.*s\n", (int)length, point);
    exit(EXIT_FAILURE);
}

static void test_deaths_map(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    void *mapped =
        fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*deaths), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
    if (mapped != MAP_FAILED)
        deaths = mapped;
    if (fd >= 0)
        close(fd);
}

/* Before main: a worker, which inherits this, may open no such file. */
__attribute__((constructor)) static void test_deaths_begin(void)
{
    const char *plan = getenv("CERTFS_TEST_DIE");
    if (plan == NULL || plan[0] == '\0')
        return;
    if (plan[0] == '/') {
        test_deaths_map(plan);
        return;
    }
    const size_t length = strcspn(plan, ":");
    own.armed = (uint32_t)test_deaths_number(plan, length);
    own.left = plan[length] == ':' ? (int32_t)strtol(plan + length + 1, NULL, 10) : 1;
}

void test_deaths_pass(const char *point)
{
    const size_t number = test_deaths_number(point, strlen(point));
    serves |= number == 1;
    if (!serves)
        return;
    atomic_fetch_add(&deaths->passed[number - 1], 1);
    if (atomic_load(&deaths->armed) != number)
        return;
    const bool always = atomic_load(&deaths->left) < 0;
    if (!always && atomic_fetch_sub(&deaths->left, 1) != 1)
        return;
    if (!always)
        atomic_store(&deaths->armed, 0);
    atomic_fetch_add(&deaths->count, 1);
    raise(SIGKILL);
}

/* In small steps, since a test may end it. */
static void test_deaths_hold_fsync(void)
{
    const struct timespec step = clock_timespec(STEP_MS);
    for (uint32_t held = 0; serves && held < atomic_load(&deaths->fsync_ms); held += STEP_MS)
        nanosleep(&step, NULL);
}

/* ---- system calls, which the linker has come here ---- */

int __real_renameat(int old_folder, const char *old, int new_folder, const char *new);
int __real_fsync(int fd);
int __real_unlinkat(int folder, const char *name, int flags);
int __wrap_renameat(int old_folder, const char *old, int new_folder, const char *new);
int __wrap_fsync(int fd);
int __wrap_unlinkat(int folder, const char *name, int flags);

int __wrap_renameat(int old_folder, const char *old, int new_folder, const char *new)
{
    test_deaths_pass("before-rename");
    int result = __real_renameat(old_folder, old, new_folder, new);
    test_deaths_pass("after-rename");
    return result;
}

int __wrap_fsync(int fd)
{
    test_deaths_pass("before-fsync");
    test_deaths_hold_fsync();
    int result = __real_fsync(fd);
    test_deaths_pass("after-fsync");
    return result;
}

int __wrap_unlinkat(int folder, const char *name, int flags)
{
    test_deaths_pass("before-unlink");
    int result = __real_unlinkat(folder, name, flags);
    test_deaths_pass("after-unlink");
    return result;
}

#else

void test_deaths_pass(const char *point)
{
    (void)point;
}

#endif

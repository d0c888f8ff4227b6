/* Each case runs in a child, since the restriction is for good. Where the kernel has no Landlock there is nothing. */
#include "fs/host/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fs/host/process.h"
#include "fs/host/procfs.h"
#include "tests/unit/lib/folder.h"
#include "tests/unit/lib/harness.h"

enum { NO_LANDLOCK = 77 };

static int store, other, proc;
static char other_path[PATH_MAX];

static void before(void)
{
    store = folder_make();
    other = folder_make();
    proc = procfs_open();
    assert_true(proc >= 0);
    folder_path(other, other_path);
    folder_write(store, "record", span_of("one"), 0600);
    folder_write(other, "secret", span_of("two"), 0600);
}

static void after(void)
{
    folder_remove(store);
    folder_remove(other);
    close(proc);
}

static void enter(void)
{
    const struct landlock_row rows[] = {
        {store, LANDLOCK_KEEP_FILES}, {proc, LANDLOCK_READ_FILES}, {-1, LANDLOCK_KEEP_FILES}};
    char remark[LANDLOCK_REMARK_SIZE];
    assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    landlock_enter(rows, COUNT_OF(rows), remark);
    if (strstr(remark, "lacks it") != NULL)
        _exit(NO_LANDLOCK);
}

/* Runs in a child; the number of the first case that fails is its status. */
static void expect_good(int (*run)(void))
{
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        enter();
        _exit(run());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == NO_LANDLOCK)
        skip();
    assert_int_equal(status, 0);
}

static int keeps_files(void)
{
    int file = openat(store, "new", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0 || write(file, "x", 1) != 1 || fsync(file) != 0)
        return 1;
    if (linkat(store, "record", store, "old", 0) != 0 || renameat(store, "new", store, "record") != 0)
        return 2;
    if (unlinkat(store, "old", 0) != 0 || openat(store, "record", O_RDONLY | O_CLOEXEC) < 0)
        return 3;
    return openat(store, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) >= 0 && fsync(store) == 0 ? 0 : 4;
}

TEST(a_store_is_kept)
{
    expect_good(keeps_files);
}

static bool is_denied(int result)
{
    return result == -1 && (errno == EACCES || errno == EXDEV || errno == EPERM);
}

static int makes_nothing_else(void)
{
    if (!is_denied(mkdirat(store, "d", 0700)) || !is_denied(symlinkat("record", store, "l")))
        return 1;
    if (!is_denied(mkfifoat(store, "f", 0600)) || !is_denied(renameat(store, "record", other, "record")))
        return 2;
    return is_denied(linkat(store, "record", other, "record", 0)) ? 0 : 3;
}

TEST(only_regular_files_are_made_and_none_leaves)
{
    expect_good(makes_nothing_else);
}

static int opens_nothing_else(void)
{
    char path[PATH_MAX + 16];
    snprintf(path, sizeof(path), "%s/secret", other_path);
    if (!is_denied(open(path, O_RDONLY | O_CLOEXEC)) || !is_denied(openat(other, "secret", O_WRONLY | O_CLOEXEC)))
        return 1;
    if (!is_denied(openat(store, "../../../../../etc/passwd", O_RDONLY | O_CLOEXEC)))
        return 2;
    if (!is_denied(open("/etc/passwd", O_RDONLY | O_CLOEXEC)) || !is_denied(open("/dev/null", O_RDWR | O_CLOEXEC)))
        return 3;
    if (!is_denied(openat(other, "new", O_WRONLY | O_CREAT | O_CLOEXEC, 0600)) ||
        !is_denied(unlinkat(other, "secret", 0)))
        return 4;
    return is_denied(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) ? 0 : 5;
}

TEST(no_other_file_is_opened_made_or_removed)
{
    expect_good(opens_nothing_else);
}

static int reads_processes(void)
{
    process_use_directory(proc);
    if (process_started(getpid()) == 0 || process_find(getpid()) != getpid() || process_is_ending(getpid()))
        return 1;
    return is_denied(openat(proc, "self/comm", O_WRONLY | O_CLOEXEC)) ||
                   errno == EROFS /* the procfs is read-only, which is looked at first */
               ? 0
               : 2;
}

TEST(processes_are_looked_up_and_not_changed)
{
    expect_good(reads_processes);
}

static int signals_nobody(void)
{
    return kill(getppid(), 0) == 0 ? NO_LANDLOCK : 0; /* before version 6 */
}

TEST(no_signal_leaves)
{
    expect_good(signals_nobody);
}

EACH_TEST(before, after);

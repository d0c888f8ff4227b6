#include "fs/upgrade/executable.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/lib/harness.h"

static char base[] = "/tmp/certfs-program.XXXXXX";
static struct fault f;

static const char *at(const char *name)
{
    static char paths[4][PATH_MAX];
    static unsigned turn;
    char *path = paths[turn++ % COUNT_OF(paths)];
    snprintf(path, PATH_MAX, "%s/%s", base, name);
    return path;
}

static void add_file(const char *name, mode_t mode)
{
    int fd = open(at(name), O_CREAT | O_WRONLY | O_CLOEXEC, 0700);
    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void set_up(void)
{
    f = (struct fault){.reason = REASON_NONE};
    snprintf(base, sizeof(base), "/tmp/certfs-program.XXXXXX");
    assert_non_null(mkdtemp(base));
    assert_int_equal(chmod(base, 0755), 0);
    add_file("plain", 0755);
    add_file("data", 0644);
    add_file("open", 0777);
    assert_int_equal(symlink("plain", at("link")), 0);
    assert_int_equal(mkfifo(at("fifo"), 0755), 0);
}

static void tear_down(void)
{
    static const char *const names[] = {"plain", "data", "open", "link", "fifo", "own"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        unlink(at(names[i]));
    assert_int_equal(rmdir(base), 0);
}

EACH_TEST(set_up, tear_down);

static void expect_refused(const char *path, const char *why)
{
    int fd = -1;
    f = (struct fault){.reason = REASON_NONE};
    law_expect(executable_open(path, &fd, &f), &f, REASON_SYSTEM);
    assert_int_equal(fd, -1);
    if (strstr(f.message, why) == NULL)
        fail_msg("%s", f.message);
}

TEST(only_a_program_that_is_roots_alone_is_opened)
{
    int fd;
    if (geteuid() != 0)
        skip();
    assert_int_equal(executable_open(at("link"), &fd, &f), 0);
    close(fd);
    expect_refused(at("missing"), "does not exist");
    expect_refused("plain", "does not exist");
    expect_refused("", "does not exist");
    expect_refused(at("data"), "not a file that can be executed");
    expect_refused(at("fifo"), "not a file that can be executed");
    expect_refused(base, "not a file that can be executed");
    expect_refused(at("open"), "is not root's alone");
    assert_int_equal(chown(at("plain"), 65534, 65534), 0);
    expect_refused(at("plain"), "is not root's alone");
    expect_refused(at("link"), "is not root's alone");
    assert_int_equal(chown(at("plain"), 0, 0), 0);
    assert_int_equal(chmod(base, 0777), 0);
    expect_refused(at("plain"), "is not root's alone");
}

TEST(the_program_that_runs_is_found_by_the_word_that_leads_to_it)
{
    char own[PATH_MAX], found[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", own, sizeof(own) - 1);
    assert_true(length > 0);
    own[length] = '\0';
    assert_int_equal(symlink(own, at("own")), 0);
    executable_find(at("own"), found);
    assert_string_equal(found, at("own"));
    executable_find(at("plain"), found);
    assert_string_equal(found, own);
    executable_find("certfs", found);
    assert_string_equal(found, own);
    executable_find(NULL, found);
    assert_string_equal(found, own);
}

TEST(the_file_that_was_opened_is_executed_even_if_its_path_leads_elsewhere)
{
    char shell[] = "/bin/true", *arguments[] = {shell, NULL}, *environment[] = {NULL};
    char path[PATH_MAX];
    int fd, status = 0;
    assert_non_null(realpath(shell, path));
    assert_int_equal(symlink(path, at("own")), 0);
    if (geteuid() != 0)
        skip();
    assert_int_equal(executable_open(at("own"), &fd, &f), 0);
    assert_int_equal(unlink(at("own")), 0);
    pid_t pid = fork();
    if (pid == 0) {
        (void)executable_run(fd, arguments, environment);
        _exit(1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    close(fd);
}

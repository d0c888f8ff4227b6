#include "fs/disk/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/store/kek.h"
#include "tests/unit/lib/filter.h"
#include "tests/unit/lib/folder.h"
#include "tests/unit/lib/harness.h"

enum { NOBODY = 65534 };

static int folder;

static void begin(void)
{
    folder = folder_make();
}

static void end(void)
{
    folder_remove(folder);
}

static void write_bytes(const char *name, size_t length, char byte, mode_t mode)
{
    unsigned char bytes[128];
    memset(bytes, byte, length);
    folder_write(folder, name, (struct span){bytes, length}, mode);
}

static int opened(const char *name)
{
    return key_file_open(folder, name, false);
}

static void expect_error(const char *name, int error)
{
    errno = 0;
    assert_int_equal(opened(name), -1);
    assert_int_equal(errno, error);
}

static bool is_path_only(int fd)
{
    return (fcntl(fd, F_GETFL) & O_PATH) != 0;
}

/* Opens it; its descriptor reads if and only if `reads`. */
static void expect_open(const char *name, bool reads)
{
    CLEANUP(close_fd) int fd = opened(name);
    char byte;
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    assert_int_equal(is_path_only(fd), !reads);
    assert_int_equal(read(fd, &byte, 1), reads ? 1 : -1);
    assert_int_equal(write(fd, "x", 1), -1);
}

TEST(a_name_that_is_none_of_a_key_is_not_looked_up)
{
    char longest[KEK_ID_MAX + 2];
    memset(longest, 'a', sizeof(longest));
    longest[KEK_ID_MAX + 1] = '\0';
    const char *const names[] = {"",      ".",    "..",     ".hidden", "/",    "/etc/shadow", "../key", "a/../key",
                                 "a/b",   "key/", "key/.",  "key:",    "a:b",  "key\n",       "k\x01y", "k\xC3\xA9y",
                                 "a key", "key*", "$(key)", "\\key",   "\x7F", longest};
    write_bytes("key", KEK_SIZE, 'k', 0400);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct stat facts;
        expect_error(names[i], EINVAL);
        assert_int_equal(key_file_look(folder, names[i], &facts), -1);
        assert_int_equal(errno, EINVAL);
    }
    longest[KEK_ID_MAX] = '\0';
    expect_error(longest, ENOENT);
}

TEST(only_a_file_of_a_keys_size_is_opened_for_reading)
{
    static const struct {
        size_t length;
        bool reads;
    } sizes[] = {{0, false},  {1, false}, {31, false}, {32, true},  {33, false},
                 {63, false}, {64, true}, {65, true},  {66, false}, {100, false}};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct stat facts;
        write_bytes("key", sizes[i].length, 'k', 0600);
        expect_open("key", sizes[i].reads);
        assert_int_equal(key_file_look(folder, "key", &facts), 0);
        assert_int_equal(facts.st_size, sizes[i].length);
    }
}

TEST(a_link_is_not_followed_wherever_it_leads)
{
    static const char *const targets[] = {"real", "absent", "/etc/passwd", ".", "/proc/self/fd/0", "link"};
    write_bytes("real", KEK_SIZE, 'k', 0400);
    for (size_t i = 0; i < COUNT_OF(targets); i++) {
        assert_int_equal(symlinkat(targets[i], folder, "link"), 0);
        expect_error("link", ELOOP);
        assert_int_equal(unlinkat(folder, "link", 0), 0);
    }
}

TEST(other_kinds_of_files_are_handed_over_unopened_and_at_once)
{
    assert_int_equal(mkdirat(folder, "directory", 0700), 0);
    expect_open("directory", false);
    assert_int_equal(mkfifoat(folder, "fifo", 0600), 0);
    expect_open("fifo", false);
    assert_int_equal(mknodat(folder, "socket", S_IFSOCK | 0600, 0), 0);
    expect_open("socket", false);
    if (mknodat(folder, "device", S_IFCHR | 0600, makedev(1, 5)) == 0) /* /dev/zero; needs a privilege */
        expect_open("device", false);
    expect_error("absent", ENOENT);
}

TEST(without_a_directory_nothing_is_opened)
{
    write_bytes("key", KEK_SIZE, 'k', 0400);
    assert_int_equal(key_file_open(-1, "key", false), -1);
    assert_int_equal(errno, EBADF);
}

TEST(privileges_open_no_key_of_another_user)
{
    if (geteuid() != 0)
        skip();
    write_bytes("key", KEK_SIZE, 'k', 0400);
    expect_open("key", true);
    assert_int_equal(fchmodat(folder, "key", 0, 0), 0);
    expect_error("key", EACCES);
    assert_int_equal(fchownat(folder, "key", NOBODY, NOBODY, 0) | fchmodat(folder, "key", 0440, 0), 0);
    expect_error("key", EACCES);
    assert_int_equal(fchownat(folder, "key", NOBODY, getegid(), 0), 0);
    expect_open("key", true);
    assert_int_equal(fchownat(folder, "key", NOBODY, NOBODY, 0) | fchmodat(folder, "key", 0404, 0), 0);
    expect_open("key", true); /* the worker refuses its mode */
}

/* ---- a directory that changes ---- */

static atomic_bool over;

static void *swap(void *unused)
{
    static const char *const others[] = {"good", "bait", "fifo", "directory", "large"};
    for (size_t turn = 0; !atomic_load(&over); turn++) {
        (void)renameat2(folder, "key", folder, others[turn % COUNT_OF(others)], RENAME_EXCHANGE);
        sched_yield();
    }
    return unused;
}

TEST(a_file_that_is_replaced_meanwhile_is_opened_as_it_was_looked_at)
{
    pthread_t thread;
    size_t count = 0;
    write_bytes("secret", KEK_SIZE, 's', 0400);
    write_bytes("key", KEK_SIZE, 'k', 0400);
    write_bytes("good", KEK_SIZE, 'k', 0400);
    write_bytes("large", 100, 'l', 0400);
    assert_int_equal(symlinkat("secret", folder, "bait") | mkfifoat(folder, "fifo", 0600), 0);
    assert_int_equal(mkdirat(folder, "directory", 0700), 0);
    atomic_store(&over, false);
    assert_int_equal(pthread_create(&thread, NULL, swap, NULL), 0);
    for (int turn = 0; turn < 20000; turn++) {
        CLEANUP(close_fd) int fd = opened("key");
        char bytes[KEK_SIZE + 1];
        if (fd < 0) {
            assert_int_equal(errno, ELOOP);
            continue;
        }
        count++;
        if (is_path_only(fd))
            continue;
        assert_int_equal(read(fd, bytes, sizeof(bytes)), KEK_SIZE);
        assert_int_equal(bytes[0], 'k');
    }
    atomic_store(&over, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(count > 0);
}

/* ---- what is not in the kernel's cache ---- */

TEST(a_name_that_is_not_cached_is_not_waited_for)
{
    write_bytes("key", KEK_SIZE, 'k', 0400);
    CLEANUP(close_fd) int fd = key_file_open(folder, "key", true);
    assert_true(fd >= 0);
    assert_int_equal(key_file_open(folder, "never-seen", true), -1);
    assert_int_equal(errno, EAGAIN);
}

/* ---- a kernel without openat2 ---- */

/* Returns 0, or the number of the step that failed. */
static int try_without_openat2(int error)
{
    if (filter_refuse(SYS_openat2, error) != 0)
        return 1;
    if (syscall(SYS_openat2, folder, "key", NULL, 0) != -1 || errno != error)
        return 2;
    if (key_file_open(folder, "key", true) != -1 || errno != EAGAIN)
        return 7;
    int key = opened("key");
    if (key < 0 || is_path_only(key))
        return 3;
    if (opened("link") != -1 || errno != ELOOP)
        return 4;
    if (opened("../key") != -1 || errno != EINVAL)
        return 5;
    int directory = opened("directory");
    return directory >= 0 && is_path_only(directory) ? 0 : 6;
}

TEST(where_openat2_is_filtered_it_opens_the_same)
{
    static const int errors[] = {ENOSYS, EPERM};
    write_bytes("key", KEK_SIZE, 'k', 0400);
    assert_int_equal(symlinkat("key", folder, "link") | mkdirat(folder, "directory", 0700), 0);
    for (size_t i = 0; i < COUNT_OF(errors); i++) {
        int status;
        pid_t child = fork();
        if (child == 0)
            _exit(try_without_openat2(errors[i]));
        assert_true(child > 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
}

EACH_TEST(begin, end);

/* Each case runs in a child, since the restriction is for good. */
#include "fs/worker/calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fs/host/sanitizer.h"
#include "tests/unit/lib/folder.h"
#include "tests/unit/lib/harness.h"

static int folder;

static int status_of(int (*run)(void))
{
    int status = -1;
    if (sanitizer_is_built_in())
        skip();
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || calls_restrict() != 0)
            _exit(100);
        _exit(run());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static bool is_denied(long result)
{
    return result == -1 && errno == EPERM;
}

static void *say_nothing(void *argument)
{
    return argument;
}

static int starts_threads(void)
{
    pthread_t thread;
    void *ended = NULL;
    return pthread_create(&thread, NULL, say_nothing, &folder) == 0 && pthread_join(thread, &ended) == 0 &&
                   ended == &folder
               ? 0
               : 1;
}

TEST(threads_are_started)
{
    assert_int_equal(status_of(starts_threads), 0);
}

static int starts_no_process(void)
{
    char *none[] = {NULL}, program[] = "/bin/true";
    if (!is_denied(fork()) || !is_denied(execve(program, none, none)))
        return 1;
    if (!is_denied(unshare(CLONE_NEWUSER)) || !is_denied(setns(0, 0)))
        return 2;
    return is_denied(mount("none", "/", "tmpfs", 0, NULL)) && is_denied(umount2("/", MNT_DETACH)) ? 0 : 3;
}

TEST(no_process_and_no_namespace_is_made)
{
    assert_int_equal(status_of(starts_no_process), 0);
}

static int touches_no_process(void)
{
    struct rlimit limit = {0, 0};
    if (!is_denied(kill(getppid(), 0)) || !is_denied(syscall(SYS_tgkill, getppid(), getppid(), 0)) ||
        !is_denied(syscall(SYS_tkill, getppid(), 0)) || !is_denied(syscall(SYS_rt_sigqueueinfo, getppid(), 0, NULL)))
        return 1;
    if (!is_denied(fcntl(0, F_SETOWN, getppid())) || fcntl(0, F_GETFL) < 0)
        return 5;
    if (!is_denied(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL)) ||
        !is_denied(syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0)) ||
        !is_denied(syscall(SYS_pidfd_open, getppid(), 0)))
        return 2;
    if (!is_denied(prlimit(getppid(), RLIMIT_NOFILE, &limit, NULL)))
        return 3;
    return is_denied(setpriority(PRIO_PROCESS, (id_t)getppid(), 10)) ? 0 : 4;
}

TEST(no_other_process_is_touched)
{
    assert_int_equal(status_of(touches_no_process), 0);
}

static int makes_no_socket(void)
{
    int pair[2];
    struct sockaddr address = {.sa_family = AF_UNIX};
    if (!is_denied(socket(AF_INET, SOCK_STREAM, 0)) || !is_denied(socket(AF_UNIX, SOCK_DGRAM, 0)) ||
        !is_denied(socket(AF_NETLINK, SOCK_RAW, 0)))
        return 1;
    if (!is_denied(socketpair(AF_INET, SOCK_STREAM, 0, pair)) || !is_denied(socketpair(AF_TIPC, SOCK_STREAM, 0, pair)))
        return 4;
    if (!is_denied(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair)) || !is_denied(connect(0, &address, sizeof(address))) ||
        !is_denied(sendto(0, "", 0, 0, &address, sizeof(address))))
        return 2;
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0 && send(pair[0], "x", 1, MSG_NOSIGNAL) == 1
               ? 0
               : 3;
}

TEST(no_socket_is_made_but_pairs)
{
    assert_int_equal(status_of(makes_no_socket), 0);
}

static int runs_no_new_code(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED || !is_denied(mprotect(page, 4096, PROT_READ | PROT_EXEC)))
        return 1;
    return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? 0 : 2;
}

TEST(no_memory_becomes_a_program)
{
    assert_int_equal(status_of(runs_no_new_code), 0);
}

static int loses_nothing(void)
{
    if (!is_denied(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)) || !is_denied(chmod("/", 0)) || !is_denied(chroot("/")))
        return 1;
    if (!is_denied(syscall(SYS_bpf, 0, NULL, 0)) || !is_denied(syscall(SYS_io_uring_setup, 1, NULL)) ||
        !is_denied(syscall(SYS_keyctl, 0, 0, 0, 0, 0)) || !is_denied(syscall(SYS_userfaultfd, 0)))
        return 2;
    return is_denied(syscall(SYS_open_by_handle_at, 0, NULL, 0)) &&
                   is_denied(syscall(SYS_perf_event_open, 0, 0, 0, 0, 0))
               ? 0
               : 3;
}

TEST(no_call_that_nobody_needs_works)
{
    assert_int_equal(status_of(loses_nothing), 0);
}

static int keeps_files(void)
{
    struct stat facts;
    const struct open_how how = {.flags = O_PATH | O_CLOEXEC};
    int file = openat(folder, "new", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0 || write(file, "x", 1) != 1 || fsync(file) != 0 || close(file) != 0)
        return 1;
    if (linkat(folder, "new", folder, "old", 0) != 0 || renameat(folder, "new", folder, "record") != 0 ||
        unlinkat(folder, "old", 0) != 0 || fstatat(folder, "record", &facts, 0) != 0)
        return 2;
    if (syscall(SYS_openat2, folder, "record", &how, sizeof(how)) < 0 || folder_count(folder) != 1)
        return 3;
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) >= 0 ? 0 : 4;
}

static void before_files(void)
{
    folder = folder_make();
}

static void after_files(void)
{
    folder_remove(folder);
}

TEST_WITH(before_files, after_files, files_are_kept)
{
    assert_int_equal(status_of(keeps_files), 0);
}

static int aborts(void)
{
    abort();
}

TEST(abort_ends_the_process_itself)
{
    int status = status_of(aborts);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

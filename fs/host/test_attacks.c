#include "fs/host/test_attacks.h"

#ifdef CERTFS_TEST_HOOKS

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fs/host/test_deeds.h"

enum { ARGUMENT_SIZE = 512, NAME_SIZE = 32, ARGUMENTS = 6 };

/* In place of an argument of a system call. */
enum place {
    PATH = 0x7a000000, /* the attack's argument */
    NUMBER,            /* the same as a number, as a pid */
    LINE,              /* the descriptor of the conversation */
    ZEROS,             /* memory of the process, all 0 */
    VECTOR,            /* struct iovec of that memory */
    UNLIMITED,         /* struct rlimit */
};

/* One system call that has to fail. */
struct call {
    const char *name;
    long number;
    long arguments[ARGUMENTS];
};

static const struct call calls[] = {
    /* files */
    {"read", SYS_openat, {AT_FDCWD, PATH, O_RDONLY | O_CLOEXEC}},
    {"write", SYS_openat, {AT_FDCWD, PATH, O_WRONLY | O_CLOEXEC}},
    {"create", SYS_openat, {AT_FDCWD, PATH, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600}},
    {"find", SYS_openat, {AT_FDCWD, PATH, O_PATH | O_CLOEXEC}},
    {"openat2", SYS_openat2, {AT_FDCWD, PATH, ZEROS, 24}},
    {"truncate", SYS_truncate, {PATH, 0}},
    {"chmod", SYS_fchmodat, {AT_FDCWD, PATH, 0666}},
    {"chown", SYS_fchownat, {AT_FDCWD, PATH, 0, 0, 0}},
    {"unlink", SYS_unlinkat, {AT_FDCWD, PATH, 0}},
    {"mkdir", SYS_mkdirat, {AT_FDCWD, PATH, 0700}},
    {"mknod", SYS_mknodat, {AT_FDCWD, PATH, S_IFIFO | 0600, 0}},
    {"symlink", SYS_symlinkat, {PATH, AT_FDCWD, PATH}},
    {"rename", SYS_renameat2, {AT_FDCWD, PATH, AT_FDCWD, PATH, 0}},
    {"chroot", SYS_chroot, {PATH}},
    {"file_handle", SYS_open_by_handle_at, {AT_FDCWD, ZEROS, O_RDONLY}},
    /* sockets */
    {"socket", SYS_socket, {NUMBER, SOCK_STREAM | SOCK_CLOEXEC, 0}},
    {"datagram", SYS_socket, {NUMBER, SOCK_DGRAM | SOCK_CLOEXEC, 0}},
    {"raw_socket", SYS_socket, {NUMBER, SOCK_RAW | SOCK_CLOEXEC, 0}},
    {"connect", SYS_connect, {LINE, ZEROS, 16}},
    {"bind", SYS_bind, {LINE, ZEROS, 16}},
    {"listen", SYS_listen, {LINE, 1}},
    /* processes */
    {"exec", SYS_execve, {PATH, 0, 0}},
    {"execveat", SYS_execveat, {AT_FDCWD, PATH, 0, 0, 0}},
    {"ptrace", SYS_ptrace, {PTRACE_ATTACH, NUMBER, 0, 0}},
    {"seize", SYS_ptrace, {PTRACE_SEIZE, NUMBER, 0, 0}},
    {"kill", SYS_kill, {NUMBER, SIGWINCH}}, /* the permission for it, which does no harm, is that for any */
    {"tgkill", SYS_tgkill, {NUMBER, NUMBER, SIGWINCH}},
    {"abort_other", SYS_tgkill, {NUMBER, NUMBER, SIGABRT}},
    {"tkill", SYS_tkill, {NUMBER, SIGWINCH}},
    {"read_memory", SYS_process_vm_readv, {NUMBER, VECTOR, 1, VECTOR, 1, 0}},
    {"write_memory", SYS_process_vm_writev, {NUMBER, VECTOR, 1, VECTOR, 1, 0}},
    {"descriptor_of", SYS_pidfd_getfd, {LINE, 0, 0}},
    {"setpriority", SYS_setpriority, {PRIO_PROCESS, NUMBER, -20}},
    {"scheduler", SYS_sched_setscheduler, {0, SCHED_FIFO, ZEROS}},
    {"setsid", SYS_setsid, {0}},
    /* rights */
    {"setuid", SYS_setuid, {NUMBER}},
    {"setresuid", SYS_setresuid, {NUMBER, NUMBER, NUMBER}},
    {"setgid", SYS_setgid, {NUMBER}},
    {"setgroups", SYS_setgroups, {1, ZEROS}},
    {"unshare", SYS_unshare, {NUMBER}},
    {"setns", SYS_setns, {LINE, 0}},
    {"raise_cpu_limit", SYS_prlimit64, {0, RLIMIT_CPU, UNLIMITED, 0}},
    {"raise_memory_limit", SYS_prlimit64, {0, RLIMIT_AS, UNLIMITED, 0}},
    {"be_dumpable", SYS_prctl, {PR_SET_DUMPABLE, 1, 0, 0, 0}},
    {"outlive", SYS_prctl, {PR_SET_PDEATHSIG, 0, 0, 0, 0}},
    {"personality", SYS_personality, {0}},
    /* the machine */
    {"mount", SYS_mount, {PATH, PATH, PATH, MS_BIND, 0}},
    {"umount", SYS_umount2, {PATH, MNT_DETACH}},
    {"open_tree", SYS_open_tree, {AT_FDCWD, PATH, 0}},
    {"fsopen", SYS_fsopen, {PATH, 0}},
    {"io_uring", SYS_io_uring_setup, {1, ZEROS}},
    {"bpf", SYS_bpf, {0, ZEROS, 64}},
    {"perf", SYS_perf_event_open, {ZEROS, 0, -1, -1, 0}},
    {"userfaultfd", SYS_userfaultfd, {1}},
    {"keyring", SYS_keyctl, {0, -3, 1}},
    {"init_module", SYS_init_module, {ZEROS, 1, ZEROS}},
    {"sethostname", SYS_sethostname, {ZEROS, 1}},
    {"kernel_log", SYS_syslog, {3, ZEROS, 16}},
    {"shared_memory", SYS_shmget, {0, 4096, 0600 | 01000}},
    {"message_queue", SYS_msgget, {0, 0600}},
    {"inotify", SYS_inotify_init1, {0}},
    /* code of one's own */
    {"executable_memory", SYS_mmap, {0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0}},
    {"make_executable", SYS_mprotect, {ZEROS, 4096, PROT_READ | PROT_EXEC}},
    {"memfd", SYS_memfd_create, {PATH, 0}},
    {"no_such_call", 0x3fff, {0}},
};

static unsigned char zeros[4096] __attribute__((aligned(4096)));

static long test_attacks_argument(long given, const char *argument, int line)
{
    static struct iovec vector = {zeros, 16};
    static const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
    switch (given) {
    case PATH:
        return (long)argument;
    case NUMBER:
        return strtol(argument, NULL, 10);
    case LINE:
        return line;
    case ZEROS:
        return (long)zeros;
    case VECTOR:
        return (long)&vector;
    case UNLIMITED:
        return (long)&unlimited;
    default:
        return given;
    }
}

static long test_attacks_call(const struct call *call, const char *argument, int line)
{
    long values[ARGUMENTS];
    for (int i = 0; i < ARGUMENTS; i++)
        values[i] = test_attacks_argument(call->arguments[i], argument, line);
    return syscall(call->number, values[0], values[1], values[2], values[3], values[4], values[5]);
}

/* Returns what a system call would: -1 with errno if the attack has failed. */
static long test_attacks_try(const char *name, const char *argument, int line)
{
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        if (strcmp(calls[i].name, name) == 0)
            return test_attacks_call(&calls[i], argument, line);
    return test_deeds_do(name, argument, line);
}

static bool test_attacks_read_mark(const char *process, struct span text, char name[static NAME_SIZE],
                                   char argument[static ARGUMENT_SIZE])
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./- ";
    char begin[64], mark[NAME_SIZE + ARGUMENT_SIZE] = "";
    int length = snprintf(begin, sizeof(begin), "certfs attack in the %s: ", process);
    const unsigned char *at = memmem(text.data, text.len, begin, (size_t)length);
    if (at == NULL)
        return false;
    at += length;
    size_t left = text.len - (size_t)(at - text.data);
    memcpy(mark, at, left < sizeof(mark) ? left : sizeof(mark) - 1);
    mark[strspn(mark, plain)] = '\0';
    argument[0] = '\0';
    return sscanf(mark, "%31s %511s", name, argument) >= 1;
}

bool test_attacks_run(const char *process, struct span text, int line, char ret[static TEST_ATTACKS_SIZE])
{
    char name[NAME_SIZE], argument[ARGUMENT_SIZE];
    if (!test_attacks_read_mark(process, text, name, argument))
        return false;
    errno = 0;
    long result = test_attacks_try(name, argument, line);
    int failure = errno;
    if (result == TEST_DEEDS_GO_ON)
        return false;
    const char *known = strerrorname_np(failure);
    snprintf(ret, TEST_ATTACKS_SIZE, "attack %s: %s", name, result >= 0 ? "succeeded" : known == NULL ? "?" : known);
    return true;
}

#else

bool test_attacks_run(const char *process, struct span text, int line, char ret[static TEST_ATTACKS_SIZE])
{
    (void)process, (void)text, (void)line;
    ret[0] = '\0';
    return false;
}

#endif

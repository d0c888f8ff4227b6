#include "fs/worker/calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fs/host/seccomp.h"
#include "fs/host/test_hooks.h"

enum { TYPE_OF_SOCKET = 0xf };

#define NO_POINTER UINT64_MAX
#define NEW_NAMESPACES                                                                                                 \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

/* Debian 12 and 13 on x86-64 and arm64, which lacks some of the older calls; others are for another libc. */
/* clang-format off */
static const struct seccomp_row rows[] = {
    /* files, which Landlock restricts, and descriptors */
    {.number = SYS_read}, {.number = SYS_write}, {.number = SYS_readv}, {.number = SYS_writev},
    {.number = SYS_pread64}, {.number = SYS_pwrite64}, {.number = SYS_lseek}, {.number = SYS_close},
    {.number = SYS_close_range},
    /* not F_SETOWN, which has the kernel send signals */
    {.number = SYS_fcntl, .argument = 1, .mask = UINT32_MAX, .value = F_DUPFD_CLOEXEC},
    {.number = SYS_fcntl, .argument = 1, .mask = UINT32_MAX, .value = F_DUPFD},
    {.number = SYS_fcntl, .argument = 1, .mask = UINT32_MAX, .value = F_GETFD},
    {.number = SYS_fcntl, .argument = 1, .mask = UINT32_MAX, .value = F_SETFD},
    {.number = SYS_fcntl, .argument = 1, .mask = UINT32_MAX, .value = F_GETFL},
    {.number = SYS_fcntl, .argument = 1, .mask = UINT32_MAX, .value = F_SETFL},
    {.number = SYS_dup}, {.number = SYS_dup3}, {.number = SYS_openat}, {.number = SYS_openat2}, {.number = SYS_fstat},
    {.number = SYS_newfstatat}, {.number = SYS_statx}, {.number = SYS_fstatfs}, {.number = SYS_readlinkat},
    {.number = SYS_faccessat}, {.number = SYS_faccessat2}, {.number = SYS_getdents64}, {.number = SYS_flock},
    {.number = SYS_ftruncate},
    {.number = SYS_fallocate, .argument = 1, .mask = UINT32_MAX, .value = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE},
    {.number = SYS_renameat}, {.number = SYS_renameat2}, {.number = SYS_linkat},
    {.number = SYS_unlinkat}, {.number = SYS_fsync}, {.number = SYS_fdatasync},
    /* memory that nothing runs from */
    {.number = SYS_mmap, .argument = 2, .mask = PROT_EXEC},
    {.number = SYS_mprotect, .argument = 2, .mask = PROT_EXEC}, {.number = SYS_mremap}, {.number = SYS_munmap},
    {.number = SYS_madvise}, {.number = SYS_brk}, {.number = SYS_mlock}, {.number = SYS_mlock2},
    {.number = SYS_munlock},
    /* threads; no processes */
    {.number = SYS_clone, .argument = 0, .mask = CLONE_THREAD | NEW_NAMESPACES, .value = CLONE_THREAD},
    {.number = SYS_unshare, .mask = UINT64_MAX, .value = CLONE_FILES},
    {.number = SYS_exit}, {.number = SYS_exit_group}, {.number = SYS_futex}, {.number = SYS_set_robust_list},
    {.number = SYS_rseq}, {.number = SYS_set_tid_address}, {.number = SYS_membarrier}, {.number = SYS_sched_yield},
    {.number = SYS_sched_getaffinity}, {.number = SYS_sysinfo}, {.number = SYS_getpid}, {.number = SYS_gettid},
    {.number = SYS_getppid}, {.number = SYS_getuid}, {.number = SYS_geteuid}, {.number = SYS_getgid},
    {.number = SYS_getegid}, {.number = SYS_getrandom}, {.number = SYS_uname}, {.number = SYS_getrusage},
    {.number = SYS_prctl, .argument = 0, .mask = UINT32_MAX, .value = PR_SET_NAME},
    {.number = SYS_prctl, .argument = 0, .mask = UINT32_MAX, .value = PR_GET_NAME},
    /* reads limits */
    {.number = SYS_prlimit64, .argument = 2, .mask = NO_POINTER},
    /* signals of its own */
    {.number = SYS_rt_sigaction}, {.number = SYS_rt_sigprocmask}, {.number = SYS_rt_sigreturn},
    {.number = SYS_sigaltstack}, {.number = SYS_restart_syscall},
    /* time and waiting */
    {.number = SYS_clock_gettime}, {.number = SYS_clock_getres}, {.number = SYS_clock_nanosleep},
    {.number = SYS_nanosleep}, {.number = SYS_gettimeofday}, {.number = SYS_timerfd_create},
    {.number = SYS_timerfd_settime}, {.number = SYS_timerfd_gettime}, {.number = SYS_ppoll}, {.number = SYS_pselect6},
    {.number = SYS_epoll_create1}, {.number = SYS_epoll_ctl}, {.number = SYS_epoll_pwait}, {.number = SYS_eventfd2},
    {.number = SYS_pipe2},
    /* messages on sockets that are open. Those of a new pair have no address: a datagram could be sent to any. */
    {.number = SYS_socketpair, .argument = 0, .mask = UINT32_MAX, .value = AF_UNIX,
     .also = {.argument = 1, .mask = TYPE_OF_SOCKET, .value = SOCK_STREAM}},
    {.number = SYS_socketpair, .argument = 0, .mask = UINT32_MAX, .value = AF_UNIX,
     .also = {.argument = 1, .mask = TYPE_OF_SOCKET, .value = SOCK_SEQPACKET}},
    {.number = SYS_sendmsg}, {.number = SYS_recvmsg}, {.number = SYS_sendto, .argument = 4, .mask = NO_POINTER},
    {.number = SYS_recvfrom}, {.number = SYS_shutdown},
#ifdef SYS_stat /* and the others that arm64 lacks */
    {.number = SYS_open}, {.number = SYS_stat}, {.number = SYS_lstat}, {.number = SYS_readlink},
    {.number = SYS_access}, {.number = SYS_dup2}, {.number = SYS_pipe}, {.number = SYS_poll}, {.number = SYS_select},
    {.number = SYS_epoll_wait}, {.number = SYS_time}, {.number = SYS_getrlimit},
#endif
};
/* clang-format on */

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

/* abort(3) signals its own process. */
int calls_restrict(void)
{
    errno = ENOSYS;
    if (test_hooks_lacks("seccomp"))
        return -1;
    struct seccomp_row all[ROWS + 1];
    for (size_t i = 0; i < ROWS; i++)
        all[i] = rows[i];
    all[ROWS] = (struct seccomp_row){.number = SYS_tgkill, .mask = UINT32_MAX, .value = (uint32_t)getpid()};
    return seccomp_allow(all, ROWS + 1, SECCOMP_OTHERWISE_EPERM);
}

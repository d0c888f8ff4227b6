#include "fs/worker/calls.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fs/host/seccomp.h"

enum { TYPE_OF_SOCKET = 0xf };

#define NO_POINTER UINT64_MAX
#define NEW_NAMESPACES                                                                                                 \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

/* Debian 12 and 13 on x86-64 and arm64, which lacks some of the older calls; others are for another libc. */
/* clang-format off */
static const struct seccomp_row rows[] = {
    /* files, which Landlock restricts, and descriptors */
    {SYS_read, 0, 0, 0},            {SYS_write, 0, 0, 0},           {SYS_readv, 0, 0, 0},          {SYS_writev, 0, 0, 0},
    {SYS_pread64, 0, 0, 0},         {SYS_pwrite64, 0, 0, 0},        {SYS_lseek, 0, 0, 0},          {SYS_close, 0, 0, 0},
    {SYS_close_range, 0, 0, 0},     {SYS_fcntl, 0, 0, 0},           {SYS_dup, 0, 0, 0},            {SYS_dup3, 0, 0, 0},
    {SYS_openat, 0, 0, 0},          {SYS_openat2, 0, 0, 0},         {SYS_fstat, 0, 0, 0},          {SYS_newfstatat, 0, 0, 0},
    {SYS_statx, 0, 0, 0},           {SYS_fstatfs, 0, 0, 0},         {SYS_readlinkat, 0, 0, 0},     {SYS_faccessat, 0, 0, 0},
    {SYS_faccessat2, 0, 0, 0},      {SYS_getdents64, 0, 0, 0},      {SYS_flock, 0, 0, 0},          {SYS_ftruncate, 0, 0, 0},
    {SYS_renameat, 0, 0, 0},        {SYS_renameat2, 0, 0, 0},       {SYS_linkat, 0, 0, 0},         {SYS_unlinkat, 0, 0, 0},
    {SYS_fsync, 0, 0, 0},           {SYS_fdatasync, 0, 0, 0},
    /* memory that nothing runs from */
    {SYS_mmap, 2, PROT_EXEC, 0},    {SYS_mprotect, 2, PROT_EXEC, 0}, {SYS_mremap, 0, 0, 0},        {SYS_munmap, 0, 0, 0},
    {SYS_madvise, 0, 0, 0},         {SYS_brk, 0, 0, 0},             {SYS_mlock, 0, 0, 0},          {SYS_mlock2, 0, 0, 0},
    {SYS_munlock, 0, 0, 0},
    /* threads; no processes */
    {SYS_clone, 0, CLONE_THREAD | NEW_NAMESPACES, CLONE_THREAD},
    {SYS_exit, 0, 0, 0},            {SYS_exit_group, 0, 0, 0},      {SYS_futex, 0, 0, 0},          {SYS_set_robust_list, 0, 0, 0},
    {SYS_rseq, 0, 0, 0},            {SYS_set_tid_address, 0, 0, 0}, {SYS_membarrier, 0, 0, 0},     {SYS_sched_yield, 0, 0, 0},
    {SYS_sched_getaffinity, 0, 0, 0}, {SYS_sysinfo, 0, 0, 0},       {SYS_getpid, 0, 0, 0},         {SYS_gettid, 0, 0, 0},
    {SYS_getppid, 0, 0, 0},         {SYS_getuid, 0, 0, 0},          {SYS_geteuid, 0, 0, 0},        {SYS_getgid, 0, 0, 0},
    {SYS_getegid, 0, 0, 0},         {SYS_getrandom, 0, 0, 0},       {SYS_uname, 0, 0, 0},          {SYS_getrusage, 0, 0, 0},
    {SYS_prctl, 0, UINT32_MAX, PR_SET_NAME}, {SYS_prctl, 0, UINT32_MAX, PR_GET_NAME},
    {SYS_prlimit64, 2, NO_POINTER, 0}, /* reads limits */
    /* signals of its own */
    {SYS_rt_sigaction, 0, 0, 0},    {SYS_rt_sigprocmask, 0, 0, 0},  {SYS_rt_sigreturn, 0, 0, 0},   {SYS_sigaltstack, 0, 0, 0},
    {SYS_restart_syscall, 0, 0, 0},
    /* time and waiting */
    {SYS_clock_gettime, 0, 0, 0},   {SYS_clock_getres, 0, 0, 0},    {SYS_clock_nanosleep, 0, 0, 0}, {SYS_nanosleep, 0, 0, 0},
    {SYS_gettimeofday, 0, 0, 0},    {SYS_timerfd_create, 0, 0, 0},  {SYS_timerfd_settime, 0, 0, 0}, {SYS_timerfd_gettime, 0, 0, 0},
    {SYS_ppoll, 0, 0, 0},           {SYS_pselect6, 0, 0, 0},        {SYS_epoll_create1, 0, 0, 0},  {SYS_epoll_ctl, 0, 0, 0},
    {SYS_epoll_pwait, 0, 0, 0},     {SYS_eventfd2, 0, 0, 0},        {SYS_pipe2, 0, 0, 0},
    /* messages on sockets that are open. Those of a new pair have no address: a datagram could be sent to any. */
    {SYS_socketpair, 1, TYPE_OF_SOCKET, SOCK_STREAM}, {SYS_socketpair, 1, TYPE_OF_SOCKET, SOCK_SEQPACKET},
    {SYS_sendmsg, 0, 0, 0},         {SYS_recvmsg, 0, 0, 0},         {SYS_sendto, 4, NO_POINTER, 0}, {SYS_recvfrom, 0, 0, 0},
    {SYS_shutdown, 0, 0, 0},
#ifdef SYS_stat /* and the others that arm64 lacks */
    {SYS_open, 0, 0, 0},            {SYS_stat, 0, 0, 0},            {SYS_lstat, 0, 0, 0},          {SYS_readlink, 0, 0, 0},
    {SYS_access, 0, 0, 0},          {SYS_dup2, 0, 0, 0},            {SYS_pipe, 0, 0, 0},           {SYS_poll, 0, 0, 0},
    {SYS_select, 0, 0, 0},          {SYS_epoll_wait, 0, 0, 0},      {SYS_time, 0, 0, 0},
    {SYS_getrlimit, 0, 0, 0},
#endif
};
/* clang-format on */

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

/* abort(3) signals its own process. */
int calls_restrict(void)
{
    struct seccomp_row all[ROWS + 1];
    for (size_t i = 0; i < ROWS; i++)
        all[i] = rows[i];
    all[ROWS] = (struct seccomp_row){SYS_tgkill, 0, UINT32_MAX, (uint32_t)getpid()};
    return seccomp_allow(all, ROWS + 1, SECCOMP_OTHERWISE_EPERM);
}

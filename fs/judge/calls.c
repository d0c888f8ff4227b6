#include "fs/judge/calls.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fs/host/seccomp.h"

/* Masks of arguments that are ints: the whole of one; all flags but those that are allowed. */
enum {
    DATA = PROT_READ | PROT_WRITE,
    FORK = CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD,
};

static const uint64_t whole = UINT32_MAX, but_data = UINT32_MAX & ~(uint32_t)DATA,
                      but_fork = UINT32_MAX & ~(uint32_t)FORK;

/*
 * The conversation, memory, time, chance and the end; abort(3) sends the process its signal. qsort(3) of glibc 2.36
 * asks sysinfo how much memory there is, once.
 */
static const struct seccomp_row judge_rows[] = {
    {.number = SYS_recvfrom},
    {.number = SYS_sendmsg},
    {.number = SYS_close},
    {.number = SYS_mmap, .argument = 2, .mask = but_data},
    {.number = SYS_mprotect, .argument = 2, .mask = but_data},
    {.number = SYS_munmap},
    {.number = SYS_mremap},
    {.number = SYS_brk},
    {.number = SYS_madvise},
    {.number = SYS_sysinfo},
    {.number = SYS_futex},
    {.number = SYS_getrandom},
    {.number = SYS_clock_gettime},
    {.number = SYS_gettimeofday},
#ifdef SYS_time
    {.number = SYS_time},
#endif
    {.number = SYS_getpid},
    {.number = SYS_gettid},
    {.number = SYS_rt_sigprocmask},
    {.number = SYS_rt_sigreturn},
    {.number = SYS_restart_syscall},
    {.number = SYS_tgkill, .argument = 2, .mask = whole, .value = SIGABRT},
    {.number = SYS_exit},
    {.number = SYS_exit_group},
};

/* The zygote makes these as well, and its child before it has the filter of a judge. */
static const struct seccomp_row zygote_rows[] = {
    {.number = SYS_recvmsg},
    {.number = SYS_sendto},
    {.number = SYS_ppoll},
#ifdef SYS_poll
    {.number = SYS_poll},
#endif
    {.number = SYS_fcntl, .argument = 1, .mask = whole, .value = F_DUPFD_CLOEXEC},
    {.number = SYS_clone, .argument = 0, .mask = but_fork},
    {.number = SYS_set_robust_list},
    {.number = SYS_getppid},
    {.number = SYS_getpriority, .mask = whole, .value = PRIO_PROCESS},
    {.number = SYS_setpriority, .mask = whole, .value = PRIO_PROCESS},
    {.number = SYS_prctl, .argument = 0, .mask = whole, .value = PR_SET_PDEATHSIG},
    {.number = SYS_prlimit64, .argument = 1, .mask = whole, .value = RLIMIT_CPU},
    {.number = SYS_mlockall},
    {.number = SYS_seccomp},
    {.number = SYS_pidfd_open},
    {.number = SYS_pidfd_send_signal},
    {.number = SYS_wait4},
};

enum {
    JUDGE_ROWS = sizeof(judge_rows) / sizeof(judge_rows[0]),
    ZYGOTE_ROWS = sizeof(zygote_rows) / sizeof(zygote_rows[0]),
};

int calls_confine_zygote(void)
{
    struct seccomp_row rows[JUDGE_ROWS + ZYGOTE_ROWS];
    memcpy(rows, judge_rows, sizeof(judge_rows));
    memcpy(rows + JUDGE_ROWS, zygote_rows, sizeof(zygote_rows));
    return seccomp_allow(rows, JUDGE_ROWS + ZYGOTE_ROWS, SECCOMP_OTHERWISE_KILL);
}

/* abort(3) signals its own process, and no other one: where certfs is an ordinary user's, all have the same user. */
int calls_confine_judge(void)
{
    struct seccomp_row rows[JUDGE_ROWS];
    memcpy(rows, judge_rows, sizeof(judge_rows));
    for (size_t i = 0; i < JUDGE_ROWS; i++)
        if (rows[i].number == SYS_tgkill)
            rows[i] = (struct seccomp_row){.number = SYS_tgkill, .mask = whole, .value = (uint32_t)getpid()};
    return seccomp_allow(rows, JUDGE_ROWS, SECCOMP_OTHERWISE_KILL);
}

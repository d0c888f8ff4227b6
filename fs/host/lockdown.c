#include "fs/host/lockdown.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int lockdown_forbid_core_dumps(void)
{
    const struct rlimit none = {0, 0};
    return setrlimit(RLIMIT_CORE, &none);
}

static int lockdown_forbid_looking_in(void)
{
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static int lockdown_forbid_new_privileges(void)
{
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* PR_CAPBSET_READ fails with EINVAL for the first capability that the kernel does not have. */
static int lockdown_empty_bounding_set(void)
{
    for (unsigned long capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0)
            return -1;
    return 0;
}

static bool lockdown_limit_is_infinite(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY;
}

static bool lockdown_may_lock(void)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct held[_LINUX_CAPABILITY_U32S_3] = {{0}};
    return syscall(SYS_capget, &head, held) == 0 && (held[0].effective & 1U << CAP_IPC_LOCK) != 0;
}

/* Keeps CAP_IPC_LOCK alone, and that only if the limit is finite (root in a container). */
static int lockdown_drop_capabilities(void)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct kept[_LINUX_CAPABILITY_U32S_3] = {{0}};
    if (!lockdown_limit_is_infinite() && lockdown_may_lock())
        kept[0].effective = kept[0].permitted = 1U << CAP_IPC_LOCK;
    /* An ordinary user has no capabilities and may not change the bounding set; the calls below need no privilege. */
    if (lockdown_empty_bounding_set() != 0 && errno != EPERM)
        return -1;
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
        return -1;
    return (int)syscall(SYS_capset, &head, kept);
}

/* Runs before capabilities are dropped: raising a finite limit needs CAP_SYS_RESOURCE. */
static void lockdown_raise_lock_limit(void)
{
    const struct rlimit infinite = {RLIM_INFINITY, RLIM_INFINITY};
    (void)setrlimit(RLIMIT_MEMLOCK, &infinite); /* if it fails, CAP_IPC_LOCK may suffice */
}

static void lockdown_lock_memory(char ret_problem[static LOCKDOWN_PROBLEM_SIZE])
{
    struct rlimit limit = {0, 0};
    (void)getrlimit(RLIMIT_MEMLOCK, &limit);
    if (!lockdown_limit_is_infinite() && !lockdown_may_lock())
        snprintf(ret_problem, LOCKDOWN_PROBLEM_SIZE,
                 "memory is not locked (RLIMIT_MEMLOCK is %llu bytes): keys may reach swap",
                 (unsigned long long)limit.rlim_cur);
    else if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0)
        snprintf(ret_problem, LOCKDOWN_PROBLEM_SIZE, "memory is not locked (%s): keys may reach swap", strerror(errno));
}

int lockdown_enter(char ret_problem[static LOCKDOWN_PROBLEM_SIZE])
{
    static const struct {
        const char *what;
        int (*run)(void);
    } steps[] = {
        {"forbid core dumps", lockdown_forbid_core_dumps},
        {"give up new privileges", lockdown_forbid_new_privileges},
        {"give up capabilities", lockdown_drop_capabilities},
        {"make the process non-dumpable", lockdown_forbid_looking_in}, /* last: a change of credentials resets it */
    };
    ret_problem[0] = '\0';
    umask(077);
    lockdown_raise_lock_limit();
    lockdown_lock_memory(ret_problem);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        if (steps[i].run() != 0) {
            snprintf(ret_problem, LOCKDOWN_PROBLEM_SIZE, "the worker cannot %s: %s", steps[i].what, strerror(errno));
            return -1;
        }
    return 0;
}

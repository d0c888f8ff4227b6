#include "fs/host/lockdown.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs/host/credentials.h"

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

static bool lockdown_limit_is_infinite(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY;
}

/* Runs before capabilities are dropped: raising a finite limit needs CAP_SYS_RESOURCE. */
static void lockdown_raise_lock_limit(void)
{
    const struct rlimit infinite = {RLIM_INFINITY, RLIM_INFINITY};
    (void)setrlimit(RLIMIT_MEMLOCK, &infinite); /* if it fails, lockdown_lock_memory reports it */
}

static void lockdown_lock_memory(char ret_problem[static LOCKDOWN_PROBLEM_SIZE])
{
    struct rlimit limit = {0, 0};
    (void)getrlimit(RLIMIT_MEMLOCK, &limit);
    if (!lockdown_limit_is_infinite())
        snprintf(ret_problem, LOCKDOWN_PROBLEM_SIZE,
                 "memory is not locked (RLIMIT_MEMLOCK is %llu bytes): keys may reach swap",
                 (unsigned long long)limit.rlim_cur);
    else if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0)
        snprintf(ret_problem, LOCKDOWN_PROBLEM_SIZE, "memory is not locked (%s): keys may reach swap", strerror(errno));
}

/* Memory is locked by then: it needs the limit that root has, or may raise. */
static int lockdown_change_user(const struct account *user, char ret_problem[static LOCKDOWN_PROBLEM_SIZE])
{
    if (user == NULL || credentials_become(user) == 0)
        return 0;
    snprintf(ret_problem, LOCKDOWN_PROBLEM_SIZE, "the worker cannot become uid %u: %s", (unsigned)user->user,
             strerror(errno));
    return -1;
}

int lockdown_enter(const struct account *user, char ret_problem[static LOCKDOWN_PROBLEM_SIZE])
{
    static const struct {
        const char *what;
        int (*run)(void);
    } steps[] = {
        {"forbid core dumps", lockdown_forbid_core_dumps},
        {"give up new privileges", lockdown_forbid_new_privileges},
        {"give up capabilities", credentials_drop_capabilities},
        {"make the process non-dumpable", lockdown_forbid_looking_in}, /* last: a change of credentials resets it */
    };
    ret_problem[0] = '\0';
    umask(077);
    lockdown_raise_lock_limit();
    lockdown_lock_memory(ret_problem);
    if (lockdown_change_user(user, ret_problem) != 0)
        return -1;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        if (steps[i].run() != 0) {
            snprintf(ret_problem, LOCKDOWN_PROBLEM_SIZE, "the worker cannot %s: %s", steps[i].what, strerror(errno));
            return -1;
        }
    return 0;
}

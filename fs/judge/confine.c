#include "fs/judge/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "fs/host/credentials.h"
#include "fs/host/landlock.h"
#include "fs/host/sanitizer.h"
#include "fs/host/test_hooks.h"
#include "fs/judge/calls.h"

enum {
    FILES = 8, /* descriptors: the orders, a stream, a pidfd, and one that is moved */
};

/*
 * The user to become; whether judges lock their memory: with a finite limit later allocations would fail; and whether
 * the kernel has filters.
 */
static struct account confine_user;
static bool confine_may_lock, confine_filters;

/* ---- the zygote ---- */

static int confine_write(const char *path, const char *text)
{
    CLEANUP(close_fd) int fd = open(path, O_WRONLY | O_CLOEXEC);
    return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -1;
}

/*
 * The judge is the first to go where memory runs out. The priority was lowered for the preparation
 * (fs/supervisor/zygotes.c), and may have been raised since.
 */
static int confine_yield(void)
{
    if (geteuid() == 0)
        (void)setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, (id_t)getppid()));
    return confine_write("/proc/self/oom_score_adj", "1000");
}

/* No mount namespace: it would hold copies of all mounts, and their disks. An ordinary user has none of its own. */
static int confine_leave_network(void)
{
    return geteuid() != 0 ? 0 : unshare(CLONE_NEWNET);
}

static int confine_leave_ipc(void)
{
    return geteuid() != 0 ? 0 : unshare(CLONE_NEWIPC);
}

/* In bytes; 0 if it is not known. */
static rlim_t confine_mapped(void)
{
    char text[32] = "";
    CLEANUP(close_fd) int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
        return 0;
    return strtoul(text, NULL, 10) * (rlim_t)sysconf(_SC_PAGESIZE);
}

static int confine_limit(__rlimit_resource_t resource, rlim_t limit)
{
    const struct rlimit both = {limit, limit};
    return setrlimit(resource, &both);
}

/* No higher than the limit that this process was started with. */
static int confine_limit_to(__rlimit_resource_t resource, rlim_t soft, rlim_t hard)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0)
        return -1;
    hard = limit.rlim_max < hard ? limit.rlim_max : hard;
    limit = (struct rlimit){soft < hard ? soft : hard, hard};
    return setrlimit(resource, &limit);
}

/* RLIMIT_NPROC counts all processes of the user, also those of another certfs; a judge cannot fork anyway. */
static int confine_limits(void)
{
    const rlim_t mapped = sanitizer_is_built_in() ? 0 : confine_mapped();
    struct rlimit locked = {0, 0};
    (void)confine_limit(RLIMIT_MEMLOCK, RLIM_INFINITY); /* root may */
    confine_may_lock = getrlimit(RLIMIT_MEMLOCK, &locked) == 0 && locked.rlim_cur == RLIM_INFINITY;
    if (confine_limit(RLIMIT_CORE, 0) != 0 || confine_limit(RLIMIT_FSIZE, 0) != 0 ||
        confine_limit_to(RLIMIT_NOFILE, FILES, FILES) != 0)
        return -1;
    return mapped == 0 ? 0 : confine_limit_to(RLIMIT_AS, mapped + CONFINE_MEMORY, mapped + CONFINE_MEMORY);
}

/* 0 to 2 as well; a sanitizer reports to 2. */
static void confine_close(int kept)
{
    unsigned first = sanitizer_is_built_in() ? STDERR_FILENO + 1 : STDIN_FILENO;
    if (first > STDIN_FILENO)
        close_range(STDIN_FILENO, STDOUT_FILENO, 0);
    if ((unsigned)kept > first)
        close_range(first, (unsigned)kept - 1, 0);
    close_range((unsigned)kept + 1, ~0U, 0);
}

static int confine_forbid_new_privileges(void)
{
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* The worker has the same restrictions, and reports those that the kernel lacks. */
static int confine_forbid_files(void)
{
    char remark[LANDLOCK_REMARK_SIZE];
    landlock_enter(NULL, 0, remark);
    return 0;
}

/* After the change of the user, which resets both. If the supervisor dies, a stopped zygote finds that it may end. */
static int confine_forbid_looking_in(void)
{
    return prctl(PR_SET_PDEATHSIG, SIGCONT) != 0 ? -1 : prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* An id that a user namespace does not map cannot be had. */
static int confine_become(void)
{
    return geteuid() != 0 ? 0 : credentials_become(&confine_user);
}

/* The last: it forbids the other steps. */
static int confine_filter(void)
{
    confine_filters = calls_confine_zygote() == 0;
    return confine_filters ? 0 : -1;
}

struct step {
    const char *what;
    int (*run)(void);
};

/* Layers that this kernel or container may lack: which ones it does is appended to `missing`. */
static void confine_try(const struct step *steps, size_t count, char missing[static FAULT_MESSAGE_SIZE])
{
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(missing);
        errno = ENOSYS;
        if (test_hooks_lacks("judge") || steps[i].run() != 0)
            snprintf(missing + used, FAULT_MESSAGE_SIZE - used, "%s%s (%s)", used > 0 ? ", " : "", steps[i].what,
                     strerrorname_np(errno));
    }
}

int confine_zygote(const struct account *user, int kept, char ret_missing[static FAULT_MESSAGE_SIZE], struct fault *f)
{
    static const struct step first[] = {{"oom_score_adj", confine_yield},
                                        {"a network namespace", confine_leave_network},
                                        {"an ipc namespace", confine_leave_ipc}},
                             own[] = {{"a user", confine_become}}, last[] = {{"filters", confine_filter}};
    static const struct step needed[] = {
        {"give up new privileges", confine_forbid_new_privileges},
        {"give up files", confine_forbid_files},
        {"give up capabilities", credentials_drop_capabilities},
        {"make itself non-dumpable", confine_forbid_looking_in},
    };
    ret_missing[0] = '\0';
    confine_user = *user;
    confine_try(first, sizeof(first) / sizeof(first[0]), ret_missing);
    confine_close(kept);
    if (confine_limits() != 0)
        return fault_set_errno(f, REASON_SYSTEM, errno, "the judge process cannot limit itself");
    confine_try(own, 1, ret_missing);
    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
        if (needed[i].run() != 0)
            return fault_set_errno(f, REASON_SYSTEM, errno, "the judge process cannot %s", needed[i].what);
    confine_try(last, 1, ret_missing);
    return 0;
}

/* ---- a judge ---- */

int confine_judge(pid_t zygote)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != zygote ||
        confine_limit_to(RLIMIT_CPU, CONFINE_CPU_SOFT_S, CONFINE_CPU_HARD_S) != 0)
        return -1;
    (void)!nice(CONFINE_NICE);
    if (confine_may_lock &&
        mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0) /* a remark of the worker's otherwise */
        return -1;
    return confine_filters ? calls_confine_judge() : 0;
}

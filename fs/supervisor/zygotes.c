#include "fs/supervisor/zygotes.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fs/host/daemonize.h"
#include "fs/host/process.h"
#include "fs/host/test_hooks.h"
#include "fs/judge/confine.h"
#include "fs/judge/orders.h"
#include "fs/judge/zygote.h"

enum {
    FIRST_ID = 65520, /* below are those that systemd gives away (nss-systemd(8)); nobody is 65534 */
    LAST_ID = 65533,
    END_LIMIT_MS = 1000,  /* for one that has lost the worker */
    KILL_LIMIT_MS = 1000, /* for one that is killed: the kernel may hold it */
    WORD_SIZE = 16,
    ENVIRONMENT_MAX = 64,
};

/* ---- the end ---- */

void zygotes_abandon(const struct zygotes *zygotes)
{
    if (zygotes->pid > 0)
        (void)kill(zygotes->pid, SIGKILL);
}

void zygotes_reap(struct zygotes *zygotes)
{
    if (zygotes->pid > 0 && process_reap(zygotes->pid, 0))
        zygotes->pid = 0;
}

static void zygotes_kill(struct zygotes *zygotes)
{
    if (zygotes->pid <= 0)
        return;
    zygotes_abandon(zygotes);
    (void)!process_reap(zygotes->pid, KILL_LIMIT_MS);
    zygotes->pid = 0;
}

/* The judge is in the process group of the zygote, which is its leader. */
int zygotes_hurry(const struct zygotes *zygotes)
{
    return zygotes->pid <= 0 ? 0 : setpriority(PRIO_PGRP, (id_t)zygotes->pid, getpriority(PRIO_PROCESS, 0));
}

/* One that is stopped does not end by itself. */
void zygotes_end(struct zygotes *zygotes)
{
    if (zygotes->pid > 0 && process_reap(zygotes->pid, END_LIMIT_MS))
        zygotes->pid = 0;
    zygotes_kill(zygotes);
}

/* ---- the start ---- */

/* For OpenSSL and the loader, so that a judge has the libraries that --check has; for tests; and for sanitizers. */
static bool zygotes_keep_variable(const char *variable)
{
    static const char *const kept[] = {"OPENSSL_CONF=", "OPENSSL_MODULES=", "LD_LIBRARY_PATH=",
#ifdef CERTFS_TEST_HOOKS
                                       "CERTFS_TEST_",
#endif
                                       "ASAN_OPTIONS=", "UBSAN_OPTIONS=",   "TSAN_OPTIONS=",    "LSAN_OPTIONS="};
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
        if (strncmp(variable, kept[i], strlen(kept[i])) == 0)
            return true;
    return false;
}

static void zygotes_keep_environment(char *ret[static ENVIRONMENT_MAX + 1])
{
    size_t count = 0;
    for (char **variable = environ; *variable != NULL && count < ENVIRONMENT_MAX; variable++)
        if (zygotes_keep_variable(*variable))
            ret[count++] = *variable;
    ret[count] = NULL;
}

/* Its preparation takes ten imports' time. An ordinary user could not raise the priority again. */
static void zygotes_lower_priority(void)
{
    if (geteuid() == 0)
        (void)!nice(CONFINE_NICE);
}

/* Both ways the new descriptor is not close-on-exec. */
static int zygotes_place_line(int line)
{
    return line == ZYGOTE_LINE ? fcntl(line, F_SETFD, 0) : dup2(line, ZYGOTE_LINE);
}

/* Executes the file that runs, not its path: an upgrade may have put another program there. */
__attribute__((noreturn)) static void zygotes_execute(const struct zygotes *zygotes, int line)
{
    struct report report = {.kind = REPORT_FAILED};
    char name[] = ZYGOTE_NAME, user[WORD_SIZE], group[WORD_SIZE];
    char *arguments[] = {name, user, group, NULL}, *environment[ENVIRONMENT_MAX + 1];
    snprintf(user, sizeof(user), "%u", (unsigned)zygotes->user.user);
    snprintf(group, sizeof(group), "%u", (unsigned)zygotes->user.group);
    zygotes_keep_environment(environment);
    zygotes_lower_priority();
    daemonize_settle_child(&line, 1, zygotes->foreground);
    if (zygotes_place_line(line) >= 0)
        execve(test_hooks_lacks("zygote") ? "/proc/none" : "/proc/self/exe", arguments, environment);
    snprintf(report.text, sizeof(report.text), "cannot start the process that judges documents from /proc/self/exe: %s",
             strerror(errno));
    (void)report_send(line, &report);
    _exit(EXIT_FAILURE);
}

int zygotes_start(void *context)
{
    struct zygotes *zygotes = context;
    int ends[2];
    zygotes_kill(zygotes);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return -1;
    zygotes->pid = fork();
    if (zygotes->pid == 0)
        zygotes_execute(zygotes, ends[1]);
    close(ends[1]);
    if (zygotes->pid > 0)
        return ends[0];
    int os_errno = errno;
    zygotes->pid = 0;
    close(ends[0]);
    errno = os_errno;
    return -1;
}

static int zygotes_choose_user(struct account *ret, struct fault *f)
{
    *ret = account_of_process();
    if (geteuid() != 0 || account_find(ZYGOTE_NAME, ret) == 0 || account_find_unused(FIRST_ID, LAST_ID, ret) == 0)
        return 0;
    return fault_set(f, REASON_SYSTEM, "",
                     "all ids from %d to %d have accounts: create a system user %s for judging documents", FIRST_ID,
                     LAST_ID, ZYGOTE_NAME);
}

int zygotes_choose(struct zygotes *zygotes, bool foreground, struct fault *f)
{
    *zygotes = (struct zygotes){.foreground = foreground};
    return zygotes_choose_user(&zygotes->user, f);
}

int zygotes_first(struct zygotes *zygotes, bool foreground, int *ret_line, struct fault *f)
{
    if (zygotes_choose(zygotes, foreground, f) != 0)
        return -1;
    *ret_line = zygotes_start(zygotes);
    return *ret_line >= 0 ? 0
                          : fault_set_errno(f, REASON_SYSTEM, errno, "cannot start the process that judges documents");
}

#include "fs/supervisor/child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "fs/host/channel.h"
#include "fs/host/daemonize.h"
#include "fs/host/log.h"
#include "fs/options/options.h"
#include "fs/takeover/shared.h"
#include "fs/worker/worker.h"

enum { KILLED_LIMIT_MS = 1000 };

__attribute__((noreturn)) static void child_run_worker(const struct options *options, const struct disk *disk,
                                                       struct problems *problems, struct shared *shared, int fuse,
                                                       struct channel_ends channels)
{
    const int kept[] = {fuse,        channels.line, channels.log,        channels.ask, channels.zygote,
                        disk->store, disk->keys,    shared_vault(shared)};
    daemonize_settle_child(kept, sizeof(kept) / sizeof(kept[0]), options->foreground);
    _exit(worker_run(options, disk, problems, shared, fuse, channels));
}

void child_wake(const struct child *child)
{
    (void)kill(child->pid, SIGCONT);
}

void child_kill(const struct child *child)
{
    (void)kill(child->pid, SIGKILL);
}

void child_describe_end(int status, char *ret, size_t size)
{
    if (WIFSIGNALED(status))
        snprintf(ret, size, "the worker was ended by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(ret, size, "the worker ended with status %d", WEXITSTATUS(status));
}

void child_close(struct child *child)
{
    close_fd(&child->channel);
    close_fd(&child->log_channel);
    close_fd(&child->ask_channel);
    child->log_channel = child->ask_channel = -1;
}

static void child_close_ends(const struct channel_ends *ends)
{
    close_fd(&ends->line);
    close_fd(&ends->log);
    close_fd(&ends->ask);
    close_fd(&ends->zygote);
}

static int child_open_channels(struct child *child, bool foreground, struct channel_ends *ret, struct fault *f)
{
    *ret = (struct channel_ends){-1, -1, -1, -1};
    *child = (struct child){.channel = -1, .log_channel = -1, .ask_channel = -1};
    if (channel_open(&child->channel, &ret->line, f) == 0 && channel_open(&child->log_channel, &ret->log, f) == 0 &&
        channel_open(&child->ask_channel, &ret->ask, f) == 0 &&
        zygotes_first(&child->zygotes, foreground, &ret->zygote, f) == 0)
        return 0;
    child_close_ends(ret);
    child_close(child);
    return -1;
}

int child_start(const struct options *options, const struct disk *disk, struct problems *problems,
                struct shared *shared, int fuse, struct child *ret, struct fault *f)
{
    struct channel_ends channels;
    if (child_open_channels(ret, options->foreground, &channels, f) != 0)
        return -1;
    ret->pid = fork();
    if (ret->pid == 0)
        child_run_worker(options, disk, problems, shared, fuse, channels);
    int os_errno = errno;
    child_close_ends(&channels);
    if (ret->pid > 0)
        return 0;
    child_close(ret);
    zygotes_end(&ret->zygotes);
    return fault_set_errno(f, REASON_SYSTEM, os_errno, "cannot start the worker");
}

bool child_reap(const struct child *child, int limit_ms, int *ret_status)
{
    CLEANUP(close_fd) int end = pidfd_open(child->pid, 0);
    struct pollfd wait = {.fd = end, .events = POLLIN};
    if (end >= 0 && poll(&wait, 1, limit_ms) == 0) {
        log_line(LOG_WARNING, "the worker did not end and is killed");
        kill(child->pid, SIGKILL);
        (void)poll(&wait, 1, KILLED_LIMIT_MS); /* a process in uninterruptible sleep cannot be killed */
    }
    return waitpid(child->pid, ret_status, WNOHANG) == child->pid;
}

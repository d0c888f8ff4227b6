#include "fs/supervisor/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "fs/host/channel.h"
#include "fs/host/daemonize.h"
#include "fs/host/lockdown.h"
#include "fs/host/log.h"
#include "fs/host/namespaces.h"
#include "fs/host/process.h"
#include "fs/host/test_hooks.h"
#include "fs/options/options.h"
#include "fs/takeover/shared.h"
#include "fs/worker/cage.h"
#include "fs/worker/refuse.h"
#include "fs/worker/scout.h"
#include "fs/worker/worker.h"

enum { KILLED_LIMIT_MS = 1000 };

/* For tests: one that would not come up, and one that does not. */
static bool child_is_to_fail(const struct worker_task *task)
{
    if (task->scouts)
        return test_hooks_lacks("scout");
    return atomic_load(&shared_head(task->shared)->worker) > 1 && test_hooks_lacks("successor");
}

__attribute__((noreturn)) static void child_run_worker(struct worker_task *task)
{
    const struct channel_ends *ends = &task->channels;
    const int kept[] = {task->fuse,
                        ends->line,
                        ends->log,
                        ends->ask,
                        ends->zygote,
                        ends->life,
                        task->disk->store,
                        task->disk->keys,
                        shared_vault(task->shared),
                        task->namespaces.files[0],
                        task->namespaces.files[1]};
    _Static_assert(NAMESPACES == 2, "all of them are kept");
    daemonize_settle_child(kept, sizeof(kept) / sizeof(kept[0]), task->options->foreground);
    if (child_is_to_fail(task))
        _exit(EXIT_FAILURE);
    _exit(task->scouts ? scout_run(task) : worker_run(task));
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
    int *lines[] = {&child->channel, &child->log_channel, &child->ask_channel, &child->life, &child->end};
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        close_fd(lines[i]);
        *lines[i] = -1;
    }
}

static void child_close_ends(const struct channel_ends *ends)
{
    close_fd(&ends->line);
    close_fd(&ends->log);
    close_fd(&ends->ask);
    close_fd(&ends->zygote);
    close_fd(&ends->life);
}

static int child_open_life(int *ret_supervisor, int *ret_worker, struct fault *f)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return fault_set_errno(f, REASON_SYSTEM, errno, "cannot watch the worker");
    *ret_supervisor = ends[0];
    *ret_worker = ends[1];
    return 0;
}

static int child_open_channels(struct child *child, struct channel_ends *ret, struct fault *f)
{
    *ret = (struct channel_ends){-1, -1, -1, -1, -1};
    child->channel = child->log_channel = child->ask_channel = child->life = child->end = -1;
    if (channel_open(&child->channel, &ret->line, f) == 0 && channel_open(&child->log_channel, &ret->log, f) == 0 &&
        channel_open(&child->ask_channel, &ret->ask, f) == 0 && child_open_life(&child->life, &ret->life, f) == 0)
        return 0;
    child_close_ends(ret);
    child_close(child);
    return -1;
}

static bool child_gets_zygote(const struct worker_task *task)
{
    return task->scouts || atomic_load(&shared_head(task->shared)->worker) == 1;
}

/* For another supervisor, whose child it is not. */
static void child_note(pid_t pid, struct shared_head *head)
{
    atomic_store(&head->pid, (uint32_t)pid);
    atomic_store(&head->started, process_started(pid));
}

int child_start(struct child *child, struct worker_task *task, struct fault *f)
{
    struct channel_ends *ends = &task->channels;
    child->problems_sent = 0;
    child->pid = 0;
    if (child_open_channels(child, ends, f) != 0)
        return -1;
    if (!child_gets_zygote(task) || zygotes_first(&child->zygotes, task->options->foreground, &ends->zygote, f) == 0) {
        child->pid = fork();
        if (child->pid == 0)
            child_run_worker(task);
        if (child->pid < 0)
            fault_set_errno(f, REASON_SYSTEM, errno, "cannot start the worker");
    }
    child_close_ends(ends);
    if (child->pid > 0) {
        child->end = pidfd_open(child->pid, 0);
        if (!task->scouts)
            child_note(child->pid, shared_head(task->shared));
        return 0;
    }
    child_close(child);
    zygotes_end(&child->zygotes);
    return -1;
}

/* It reads requests, with payloads, so it is caged as a worker is. */
__attribute__((noreturn)) static void child_run_refusing(struct worker_task *task)
{
    char problem[LOCKDOWN_PROBLEM_SIZE];
    const int kept[] = {task->fuse, task->disk->store, task->namespaces.files[0], task->namespaces.files[1]};
    daemonize_settle_child(kept, sizeof(kept) / sizeof(kept[0]), task->options->foreground);
    bool caged = cage_enter(task->options, task->disk, &task->namespaces, task->problems, problem) == 0;
    _exit(caged && refuse_all(task->fuse, task->shared) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

int child_start_refusing(struct child *child, struct worker_task *task, struct fault *f)
{
    child->pid = fork();
    if (child->pid == 0)
        child_run_refusing(task);
    if (child->pid > 0)
        return 0;
    return fault_set_errno(f, REASON_SYSTEM, errno, "cannot start a process that refuses all requests");
}

enum child_life child_read_life(const struct child *child)
{
    char bytes[64];
    ssize_t got = read(child->life, bytes, sizeof(bytes));
    if (got == 0)
        return CHILD_ENDED;
    return got > 0 ? CHILD_BUSY : CHILD_QUIET;
}

/* POLLHUP alone shows the end of a pipe, which no event has to ask for. */
bool child_ends_within(const struct child *child, int limit_ms)
{
    struct pollfd ends[] = {{.fd = child->life}, {.fd = child->end, .events = POLLIN}};
    return poll(ends, 2, limit_ms) > 0;
}

bool child_reap(const struct child *child, int limit_ms)
{
    if (process_reap(child->pid, limit_ms))
        return true;
    log_line(LOG_WARNING, "the worker did not end and is killed");
    child_kill(child);
    return process_reap(child->pid, KILLED_LIMIT_MS); /* a process in uninterruptible sleep cannot be killed */
}

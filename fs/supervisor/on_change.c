#include "fs/supervisor/on_change.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/fault.h"
#include "fs/host/process.h"
#include "fs/options/program.h"
#include "fs/worker/announce.h"

enum { LOOK_MS = 100 };

void on_change_init(struct on_change *hook, const struct options *options)
{
    *hook = (struct on_change){.options = options, .end_fd = -1, .output_fd = -1};
    STAILQ_INIT(&hook->waiting);
}

/* ---- the child ---- */

static int on_change_become_owner(const struct options *options)
{
    if (geteuid() != 0)
        return 0;
    const struct passwd *user = getpwuid(options->owner);
    int groups = user != NULL ? initgroups(user->pw_name, options->owner_group) : setgroups(0, NULL);
    if (groups != 0 || setresgid(options->owner_group, options->owner_group, options->owner_group) != 0)
        return -1;
    return setresuid(options->owner, options->owner, options->owner);
}

static int on_change_set_descriptors(int output)
{
    int null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0)
        return -1;
    closefrom(3);
    return 0;
}

static void on_change_reset_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
}

__attribute__((noreturn)) static void on_change_exec(const struct options *options, const struct on_change_run *run,
                                                     int output)
{
    char number[48], mount[PATH_MAX + 16], set[sizeof(run->set) + 16];
    char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    char program[PATH_MAX];
    snprintf(number, sizeof(number), "CERTFS_GENERATION=%" PRIu64, run->generation);
    snprintf(set, sizeof(set), "CERTFS_SET=%s", run->set);
    snprintf(mount, sizeof(mount), "CERTFS_MOUNT=%s", options->mountpoint);
    snprintf(program, sizeof(program), "%s", options->on_change);
    char *arguments[] = {program, NULL};
    char *environment[] = {set, number, mount, path, NULL};
    on_change_reset_signals();
    if (setpgid(0, 0) == 0 && chdir("/") == 0 && on_change_set_descriptors(output) == 0 &&
        on_change_become_owner(options) == 0)
        execve(program, arguments, environment);
    _exit(127);
}

/* ---- the supervisor ---- */

/* Starts a report: "7", and for a named set "7 of NAME". Returns the length of its text. */
static size_t on_change_name_run(const struct on_change_run *run, struct on_change_report *ret)
{
    bool named = strcmp(run->set, "/") != 0;
    memcpy(ret->set, run->set, sizeof(ret->set));
    int length = snprintf(ret->text, sizeof(ret->text), "%" PRIu64 "%s%s", run->generation, named ? " of " : "",
                          named ? run->set : "");
    return (size_t)length;
}

static void on_change_refuse_run(struct on_change *hook, const struct on_change_run *run, const char *sentence)
{
    size_t used = on_change_name_run(run, &hook->refusal);
    hook->refusal.failed = true;
    snprintf(hook->refusal.text + used, sizeof(hook->refusal.text) - used, " not run: %s", sentence);
}

static int on_change_fork_program(struct on_change *hook, const struct on_change_run *run, struct fault *f)
{
    int output[2];
    if (pipe2(output, O_CLOEXEC) != 0)
        return fault_set_errno(f, REASON_SYSTEM, errno, "cannot create a pipe");
    /* Only our end: the program may not expect EAGAIN. */
    (void)fcntl(output[0], F_SETFL, O_NONBLOCK);
    hook->pid = fork();
    if (hook->pid == 0)
        on_change_exec(hook->options, run, output[1]);
    int os_errno = errno;
    close(output[1]);
    if (hook->pid > 0) {
        hook->output_fd = output[0];
        return 0;
    }
    hook->pid = 0;
    close(output[0]);
    return fault_set_errno(f, REASON_SYSTEM, os_errno, "cannot start a process");
}

/* Sets hook->running. Does not touch the queue. */
static void on_change_start(struct on_change *hook, const struct on_change_run *run, int64_t now_ms)
{
    struct fault why = {.reason = REASON_NONE};
    if (program_check(hook->options->on_change, &why) != 0 || on_change_fork_program(hook, run, &why) != 0) {
        on_change_refuse_run(hook, run, why.message);
        return;
    }
    hook->end_fd = pidfd_open(hook->pid, 0); /* without it, on_change_timeout polls */
    hook->running = *run;
    hook->deadline = now_ms + ON_CHANGE_LIMIT_MS;
}

/* An unfetched report blocks the next run, which could overwrite it. */
static bool on_change_is_busy(const struct on_change *hook)
{
    return hook->pid != 0 || hook->refusal.text[0] != '\0';
}

/* One queued run for each set, and one together for those beyond the limit. */
static void on_change_enqueue(struct on_change *hook, const struct on_change_run *run)
{
    struct on_change_run *waiting;
    size_t count = 0;
    STAILQ_FOREACH(waiting, &hook->waiting, order)
    {
        count++;
        if (strcmp(waiting->set, run->set) == 0) {
            waiting->generation = run->generation;
            return;
        }
    }
    waiting = count < ON_CHANGE_WAITING_MAX && strcmp(run->set, ANNOUNCE_MANY) != 0 ? malloc(sizeof(*waiting)) : NULL;
    if (waiting == NULL) {
        hook->many = run->generation;
        return;
    }
    *waiting = *run;
    STAILQ_INSERT_TAIL(&hook->waiting, waiting, order);
}

void on_change_changed(struct on_change *hook, const char *set, uint64_t generation, int64_t now_ms)
{
    struct on_change_run run = {.generation = generation};
    if (hook->options->on_change[0] == '\0')
        return;
    snprintf(run.set, sizeof(run.set), "%s", set);
    if (on_change_is_busy(hook))
        on_change_enqueue(hook, &run);
    else
        on_change_start(hook, &run, now_ms);
}

void on_change_fds(const struct on_change *hook, struct pollfd ret[static ON_CHANGE_FDS])
{
    ret[0] = (struct pollfd){.fd = hook->pid == 0 ? -1 : hook->end_fd, .events = POLLIN};
    ret[1] = (struct pollfd){.fd = hook->pid == 0 ? -1 : hook->output_fd, .events = POLLIN};
}

int on_change_timeout(const struct on_change *hook, int64_t now_ms)
{
    if (hook->refusal.text[0] != '\0')
        return 0;
    if (hook->pid == 0)
        return -1;
    int64_t left = hook->deadline > now_ms ? hook->deadline - now_ms : 0;
    if (hook->end_fd < 0 && (hook->killed || left > LOOK_MS))
        return LOOK_MS;
    return hook->killed ? -1 : (int)left;
}

/* Keeps the first bytes and discards the rest, so that the program never blocks. */
static void on_change_read_output(struct on_change *hook)
{
    char piece[512];
    ssize_t length = -1;
    while (hook->output_fd >= 0 && (length = read(hook->output_fd, piece, sizeof(piece))) > 0) {
        size_t room = sizeof(hook->output) - hook->output_length;
        size_t kept = (size_t)length < room ? (size_t)length : room;
        memcpy(hook->output + hook->output_length, piece, kept);
        hook->output_length += kept;
    }
    if (hook->output_fd >= 0 && length == 0) {
        close(hook->output_fd);
        hook->output_fd = -1;
    }
}

/* Joins the lines by " | "; "..." stands for the rest. */
static void on_change_escape_output(const struct on_change *hook, char *ret, size_t size)
{
    size_t used = 0, length_shown = hook->output_length;
    while (length_shown > 0 && hook->output[length_shown - 1] == '\n')
        length_shown--;
    for (size_t i = 0; i < length_shown; i++) {
        if (i == ON_CHANGE_OUTPUT_MAX || used + strlen("\\x00...") >= size) {
            snprintf(ret + used, size - used, "...");
            return;
        }
        unsigned char byte = (unsigned char)hook->output[i];
        bool plain = byte >= ' ' && byte <= '~' && byte != '\\';
        int length = plain          ? snprintf(ret + used, size - used, "%c", byte)
                     : byte == '\n' ? snprintf(ret + used, size - used, " | ")
                                    : snprintf(ret + used, size - used, "\\x%02X", byte);
        used += (size_t)length;
    }
    ret[used] = '\0';
}

static void on_change_report_run(const struct on_change *hook, int status, struct on_change_report *ret)
{
    char how[48];
    if (hook->killed)
        snprintf(how, sizeof(how), "killed after %d s", ON_CHANGE_LIMIT_MS / 1000);
    else if (WIFSIGNALED(status))
        snprintf(how, sizeof(how), "signal %d", WTERMSIG(status));
    else
        snprintf(how, sizeof(how), "exit %d", WEXITSTATUS(status));
    size_t used = on_change_name_run(&hook->running, ret);
    ret->failed = hook->killed || !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    used += (size_t)snprintf(ret->text + used, sizeof(ret->text) - used, " %s: ", how);
    on_change_escape_output(hook, ret->text + used, sizeof(ret->text) - used);
}

/* The group too, whose processes may hold the output open. */
static void on_change_kill_group(const struct on_change *hook)
{
    (void)kill(-hook->pid, SIGKILL);
    (void)kill(hook->pid, SIGKILL);
}

static void on_change_finish(struct on_change *hook)
{
    close_fd(&hook->end_fd);
    close_fd(&hook->output_fd);
    hook->pid = 0;
    hook->end_fd = hook->output_fd = -1;
    hook->killed = false;
    hook->output_length = 0;
}

static void on_change_start_next(struct on_change *hook, int64_t now_ms)
{
    struct on_change_run *next = STAILQ_FIRST(&hook->waiting);
    struct on_change_run many = {.generation = hook->many, .set = ANNOUNCE_MANY};
    if (on_change_is_busy(hook))
        return;
    if (next == NULL) {
        hook->many = 0;
        if (many.generation != 0)
            on_change_start(hook, &many, now_ms);
        return;
    }
    STAILQ_REMOVE_HEAD(&hook->waiting, order);
    on_change_start(hook, next, now_ms);
    free(next);
}

static bool on_change_fetch_refusal(struct on_change *hook, struct on_change_report *ret)
{
    if (hook->refusal.text[0] == '\0')
        return false;
    *ret = hook->refusal;
    hook->refusal.text[0] = '\0';
    return true;
}

/* True if the run has ended. */
static bool on_change_step_running(struct on_change *hook, int64_t now_ms, struct on_change_report *ret_report)
{
    int status = 0;
    if (hook->pid == 0)
        return false;
    on_change_read_output(hook);
    if (!hook->killed && now_ms >= hook->deadline) {
        hook->killed = true;
        on_change_kill_group(hook);
    }
    if (waitpid(hook->pid, &status, WNOHANG) != hook->pid)
        return false;
    on_change_read_output(hook);
    on_change_report_run(hook, status, ret_report);
    on_change_finish(hook);
    return true;
}

bool on_change_step(struct on_change *hook, int64_t now_ms, struct on_change_report *ret_report)
{
    bool reported = on_change_fetch_refusal(hook, ret_report) || on_change_step_running(hook, now_ms, ret_report);
    if (reported)
        on_change_start_next(hook, now_ms);
    return reported;
}

static void on_change_forget_waiting(struct on_change *hook)
{
    struct on_change_run *next;
    hook->many = 0;
    while ((next = STAILQ_FIRST(&hook->waiting)) != NULL) {
        STAILQ_REMOVE_HEAD(&hook->waiting, order);
        free(next);
    }
}

void on_change_kill(struct on_change *hook)
{
    on_change_forget_waiting(hook);
    if (hook->pid != 0)
        on_change_kill_group(hook);
}

bool on_change_stop(struct on_change *hook)
{
    on_change_kill(hook);
    if (hook->pid == 0)
        return true;
    bool ended = process_reap(hook->pid, ON_CHANGE_END_MS);
    on_change_finish(hook);
    return ended;
}

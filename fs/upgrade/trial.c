#include "fs/upgrade/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/fault.h"
#include "core/base/text.h"
#include "fs/host/daemonize.h"
#include "fs/host/process.h"
#include "fs/host/test_hooks.h"
#include "fs/takeover/shared.h"
#include "fs/upgrade/executable.h"
#include "fs/upgrade/resume.h"

enum {
    LOOK_MS = 100,   /* without a pidfd */
    EXIT_MISUSE = 2, /* of a certfs that does not know the word */
    SHOWN_SIZE = 61,
};

/* ---- the child ---- */

/* Standard error goes to the same pipe: the loader reports there which library is missing. */
__attribute__((noreturn)) static void trial_execute(int executable, int text, int output)
{
    const int kept[] = {executable, text, output};
    char name[] = "certfs", word[] = TRIAL_WORD, *arguments[] = {name, word, NULL};
    (void)unsetenv("NOTIFY_SOCKET");
    daemonize_settle_child(kept, sizeof(kept) / sizeof(kept[0]), false);
    if (lseek(text, 0, SEEK_SET) == 0 && dup2(text, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
        dup2(output, STDERR_FILENO) >= 0)
        executable_run(executable, arguments, environ);
    dprintf(output, "it cannot be executed: %s\n", strerror(errno));
    _exit(EXIT_FAILURE);
}

/* ---- the supervisor ---- */

int trial_start(struct trial *trial, int executable, int text, int64_t now_ms, struct fault *f)
{
    int output[2];
    *trial = (struct trial)TRIAL_INITIALIZER;
    if (pipe2(output, O_CLOEXEC) != 0)
        return fault_set_errno(f, REASON_SYSTEM, errno, "cannot create a pipe");
    (void)fcntl(output[0], F_SETFL, O_NONBLOCK);
    trial->pid = fork();
    if (trial->pid == 0)
        trial_execute(executable, text, output[1]);
    int os_errno = errno;
    close(output[1]);
    if (trial->pid > 0) {
        trial->output_fd = output[0];
        trial->end_fd = pidfd_open(trial->pid, 0);
        trial->deadline = now_ms + test_hooks_time("CERTFS_TEST_TRIAL_MS", TRIAL_LIMIT_MS);
        return 0;
    }
    close(output[0]);
    trial->pid = 0;
    return fault_set_errno(f, REASON_SYSTEM, os_errno, "cannot start a process");
}

void trial_fds(const struct trial *trial, struct pollfd ret[static TRIAL_FDS])
{
    ret[0] = (struct pollfd){.fd = trial->pid == 0 ? -1 : trial->end_fd, .events = POLLIN};
    ret[1] = (struct pollfd){.fd = trial->pid == 0 ? -1 : trial->output_fd, .events = POLLIN};
}

int trial_timeout(const struct trial *trial, int64_t now_ms)
{
    if (trial->pid == 0)
        return -1;
    int left = trial->deadline > now_ms ? (int)(trial->deadline - now_ms) : 0;
    if (trial->end_fd < 0 && (trial->killed || left > LOOK_MS))
        return LOOK_MS;
    return trial->killed ? -1 : left;
}

/* Keeps the end of the output, and discards the rest, so that the program never blocks. */
static void trial_read_output(struct trial *trial)
{
    char piece[TRIAL_OUTPUT_SIZE - 1];
    ssize_t got = -1;
    while (trial->output_fd >= 0 && (got = read(trial->output_fd, piece, sizeof(piece))) > 0) {
        size_t all = trial->length + (size_t)got;
        size_t extra = all > sizeof(piece) ? all - sizeof(piece) : 0;
        if (extra > 0)
            memmove(trial->output, trial->output + extra, trial->length - extra);
        trial->length -= extra;
        memcpy(trial->output + trial->length, piece, (size_t)got);
        trial->length += (size_t)got;
    }
    if (trial->output_fd >= 0 && got == 0) {
        close(trial->output_fd);
        trial->output_fd = -1;
    }
}

/* The last line that is not empty. */
static const char *trial_last_line(struct trial *trial)
{
    size_t end = trial->length;
    while (end > 0 && (trial->output[end - 1] == '\n' || trial->output[end - 1] == '\0'))
        end--;
    trial->output[end] = '\0';
    const char *feed = strrchr(trial->output, '\n');
    return feed == NULL ? trial->output : feed + 1;
}

static void trial_finish(struct trial *trial)
{
    close_fd(&trial->end_fd);
    close_fd(&trial->output_fd);
    trial->pid = 0;
    trial->end_fd = trial->output_fd = -1;
}

static enum trial_result trial_refuse_end(struct trial *trial, int status, struct fault *f)
{
    char shown[SHOWN_SIZE];
    text_fit(trial_last_line(trial), shown, sizeof(shown));
    if (trial->killed)
        fault_set(f, REASON_SYSTEM, "", "its self-test did not end in time");
    else if (WIFSIGNALED(status))
        fault_set(f, REASON_SYSTEM, "", "its self-test was ended by signal %d (%s)", WTERMSIG(status),
                  strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) == EXIT_MISUSE)
        fault_set(f, REASON_SYSTEM, "", "it is no certfs, or one that is too old to take over: restart");
    else
        fault_set(f, REASON_SYSTEM, "", "its self-test failed: %s", shown[0] != '\0' ? shown : "it gave no reason");
    return TRIAL_FAILED;
}

/* The text of one that has ended with status 0. */
static enum trial_result trial_judge(const struct trial *trial, struct fault *f)
{
    CLEANUP(resume_done) struct resume answer = {0};
    CLEANUP(buf_done) struct buf text = {0};
    struct fault why = {.reason = REASON_NONE};
    if (buf_append(&text, (struct span){(const unsigned char *)trial->output, trial->length}, &why) != 0 ||
        resume_parse(&text, &answer, &why) != 0 || resume_get(&answer, "state") == NULL) {
        fault_set(f, REASON_SYSTEM, "", "its self-test gave no answer that this version reads: restart");
        return TRIAL_FAILED;
    }
    int64_t version = resume_number(&answer, "state", 0);
    if (version == SHARED_VERSION)
        return TRIAL_PASSED;
    fault_set(f, REASON_SYSTEM, "", "it has version %d of the state, and this one version %d: restart", (int)version,
              SHARED_VERSION);
    return TRIAL_FAILED;
}

enum trial_result trial_step(struct trial *trial, int64_t now_ms, struct fault *f)
{
    int status = 0;
    if (trial->pid == 0)
        return TRIAL_NONE;
    trial_read_output(trial);
    if (!trial->killed && now_ms >= trial->deadline) {
        trial->killed = true;
        (void)kill(trial->pid, SIGKILL);
    }
    if (waitpid(trial->pid, &status, WNOHANG) != trial->pid)
        return TRIAL_RUNS;
    trial_read_output(trial);
    bool failed = trial->killed || !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    enum trial_result result = failed ? trial_refuse_end(trial, status, f) : trial_judge(trial, f);
    trial_finish(trial);
    return result;
}

void trial_stop(struct trial *trial)
{
    if (trial->pid == 0)
        return;
    (void)kill(trial->pid, SIGKILL);
    (void)!process_reap(trial->pid, LOOK_MS);
    trial_finish(trial);
}

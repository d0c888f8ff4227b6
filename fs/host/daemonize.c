#include "fs/host/daemonize.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fs/host/log.h"

void daemonize_open_standard(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR); /* not close-on-exec: child programs need these three */
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO)
        close(fd);
}

void daemonize_close_standard(int end)
{
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int standard = STDIN_FILENO; fd >= 0 && standard < end; standard++)
        dup2(fd, standard);
    if (fd > STDERR_FILENO)
        close(fd);
}

/* Runs in the launcher. The end of the pipe without a byte means that the supervisor has failed and reported why. */
__attribute__((noreturn)) static void daemonize_wait(int from, pid_t child)
{
    char word;
    ssize_t got;
    do
        got = read(from, &word, 1);
    while (got < 0 && errno == EINTR);
    if (got == 1)
        _exit(EXIT_SUCCESS);
    int status = 0;
    if (waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) != 0)
        _exit(WEXITSTATUS(status));
    if (WIFSIGNALED(status))
        log_stderr("the supervisor was ended by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    _exit(EXIT_FAILURE);
}

/* The smallest descriptor of the list that is at least `from`; -1 if there is none. */
static int daemonize_next_kept(const int *kept, size_t count, int from)
{
    int next = -1;
    for (size_t i = 0; i < count; i++)
        if (kept[i] >= from && (next < 0 || kept[i] < next))
            next = kept[i];
    return next;
}

void daemonize_keep_only(const int *kept, size_t count)
{
    int from = STDERR_FILENO + 1, next;
    for (; (next = daemonize_next_kept(kept, count, from)) >= 0; from = next + 1)
        if (next > from)
            close_range((unsigned)from, (unsigned)next - 1, 0);
    close_range((unsigned)from, ~0U, 0);
}

void daemonize_settle_child(const int *kept, size_t count, bool writes_errors)
{
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGUSR2};
    for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
        signal(ignored[i], SIG_IGN);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    daemonize_keep_only(kept, count);
    setsid();
    (void)!chdir("/");
    daemonize_close_standard(writes_errors ? STDERR_FILENO : STDERR_FILENO + 1);
}

int daemonize_fork(struct daemonize *ret, struct fault *f)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return fault_set_errno(f, REASON_SYSTEM, errno, "cannot go to the background");
    pid_t child = fork();
    if (child < 0) {
        int os_errno = errno;
        close(ends[0]);
        close(ends[1]);
        return fault_set_errno(f, REASON_SYSTEM, os_errno, "cannot go to the background");
    }
    if (child > 0) {
        close(ends[1]);
        daemonize_wait(ends[0], child);
    }
    close(ends[0]);
    ret->waiting = ends[1];
    return 0;
}

void daemonize_ready(struct daemonize *daemonize)
{
    if (daemonize->waiting < 0)
        return;
    setsid();
    (void)!chdir("/");
    daemonize_close_standard(STDERR_FILENO + 1);
    (void)!write(daemonize->waiting, "", 1);
    close(daemonize->waiting);
    daemonize->waiting = -1;
}

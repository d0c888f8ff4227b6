#include "tests/unit/lib/harness.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "fs/supervisor/death.h"

/* A process with a second thread, which waits and has reported that it runs. */
static void *wait_for_ever(void *line)
{
    (void)!write(*(int *)line, "", 1);
    while (pause() != 0)
        continue;
    return line;
}

static pid_t start(void)
{
    int ends[2];
    char byte;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, wait_for_ever, &ends[1]) != 0)
            _exit(1);
        for (;;)
            pause();
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    close(ends[0]);
    return child;
}

TEST(a_process_that_runs_is_not_over_with_and_without_its_pidfd)
{
    pid_t child = start();
    CLEANUP(close_fd) int end = pidfd_open(child, 0);
    bool over = death_is_over(child, end) || death_is_over(child, -1);
    kill(child, SIGKILL);
    assert_true(waitpid(child, NULL, 0) == child);
    assert_false(over);
}

TEST(a_process_whose_threads_are_all_gone_is_over_before_it_is_reaped)
{
    pid_t child = start();
    CLEANUP(close_fd) int end = pidfd_open(child, 0);
    struct pollfd wait = {.fd = end, .events = POLLIN};
    kill(child, SIGKILL);
    assert_int_equal(poll(&wait, 1, 10000), 1);
    assert_true(death_is_over(child, end));
    assert_true(death_is_over(child, -1));
    assert_true(waitpid(child, NULL, 0) == child);
}

TEST(a_process_that_is_not_shown_is_not_over)
{
    pid_t child = start();
    kill(child, SIGKILL);
    assert_true(waitpid(child, NULL, 0) == child);
    assert_false(death_is_over(child, -1));
}

#include "tests/unit/lib/harness.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "fs/host/own_files.h"

static bool closes(int line)
{
    struct pollfd wait = {.fd = line, .events = POLLIN};
    return poll(&wait, 1, 10000) == 1;
}

static bool is_open(int line)
{
    struct pollfd wait = {.fd = line, .events = POLLIN};
    return poll(&wait, 1, 0) == 0;
}

static void *stay(void *unused)
{
    while (pause() != 0)
        continue;
    return unused;
}

struct process {
    pid_t pid;
    int alone, shared; /* their other ends */
};

/* A process whose main thread has own files, and then waits for a byte and does `last`, beside a thread that stays. */
static struct process start(void (*last)(void), int *ret_go)
{
    int alone[2] = {-1, -1}, shared[2] = {-1, -1}, go[2] = {-1, -1}, began[2] = {-1, -1};
    char byte;
    assert_true(pipe(alone) == 0 && pipe(shared) == 0 && pipe(go) == 0 && pipe(began) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        pthread_t thread;
        close(alone[0]);
        close(shared[0]);
        close(go[1]);
        if (pthread_create(&thread, NULL, stay, NULL) != 0 || own_files_begin(alone[1]) != 0)
            _exit(1);
        (void)!write(began[1], "", 1);
        (void)!read(go[0], &byte, 1);
        last();
        for (;;)
            pause();
    }
    close(alone[1]);
    close(shared[1]);
    close(go[0]);
    close(began[1]);
    assert_int_equal(read(began[0], &byte, 1), 1);
    close(began[0]);
    *ret_go = go[1];
    return (struct process){.pid = pid, .alone = alone[0], .shared = shared[0]};
}

static void finish(struct process *process, int go)
{
    kill(process->pid, SIGKILL);
    assert_true(waitpid(process->pid, NULL, 0) == process->pid);
    close(process->alone);
    close(process->shared);
    close(go);
}

static void end_main_thread(void)
{
    pthread_exit(NULL);
}

TEST(the_descriptor_closes_with_the_main_thread_though_another_one_stays)
{
    int go;
    struct process process = start(end_main_thread, &go);
    assert_true(is_open(process.alone) && is_open(process.shared));
    assert_int_equal(write(go, "", 1), 1);
    assert_true(closes(process.alone));
    bool stays = is_open(process.shared);
    finish(&process, go);
    assert_true(stays);
}

TEST(all_are_closed_in_both_tables_by_the_main_thread)
{
    int go;
    struct process process = start(own_files_close_all, &go);
    assert_int_equal(write(go, "", 1), 1);
    bool both = closes(process.alone) && closes(process.shared);
    finish(&process, go);
    assert_true(both);
}

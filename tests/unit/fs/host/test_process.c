#include "fs/host/process.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fs/host/procfs.h"
#include "tests/unit/lib/folder.h"
#include "tests/unit/lib/harness.h"

TEST(a_running_process_has_a_beginning_and_a_name)
{
    struct process process;
    process_of_thread(getpid(), &process);
    assert_int_equal(process.pid, getpid());
    assert_string_equal(process.program, "test_process");
    assert_int_not_equal(process.started, 0);
    assert_true(process.started == process_started(getpid()));
}

TEST(the_number_of_a_process_that_is_gone_is_known)
{
    struct process process;
    process_of_thread(999999999, &process); /* no process can have it */
    assert_int_equal(process.pid, 999999999);
    assert_int_equal(process.started, 0);
    assert_true(process.login == PROCESS_LOGIN_UNKNOWN);
    assert_string_equal(process.program, "");
}

/* Its end can be waited for without asking how it ended. */
static void wait_for_end(pid_t pid)
{
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
}

TEST(a_process_that_ended_is_gone_though_its_parent_has_not_asked)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    assert_true(child > 0);
    wait_for_end(child);
    assert_int_equal(process_started(child), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(process_started(child), 0);
}

TEST(a_child_is_reaped_once_it_has_ended_and_not_before)
{
    pid_t child = fork();
    if (child == 0)
        for (;;)
            pause();
    assert_true(child > 0);
    assert_false(process_reap(child, 0));
    assert_false(process_reap(child, 1));
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_true(process_reap(child, 10 * 1000));
    assert_false(process_reap(child, 0));
    assert_int_equal(kill(child, 0), -1);
}

TEST(a_process_that_is_gone_is_ending_and_a_living_one_is_not)
{
    pid_t child = fork();
    if (child == 0)
        for (;;)
            pause();
    assert_true(child > 0);
    assert_false(process_is_ending(getpid()));
    assert_int_equal(kill(child, SIGSTOP), 0);
    assert_int_equal(kill(child, SIGHUP), 0); /* for itself to take, one day */
    assert_false(process_is_ending(child));
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_true(process_is_ending(child));
}

static void *tell_when_the_first_thread_has_ended(void *argument)
{
    const int *line = argument;
    char stat[512] = "";
    while (strstr(stat, ") Z ") == NULL) {
        FILE *file = fopen("/proc/self/stat", "r");
        if (file == NULL || fgets(stat, sizeof(stat), file) == NULL)
            _exit(1);
        fclose(file);
    }
    if (write(*line, "x", 1) != 1)
        _exit(1);
    pause();
    return NULL;
}

/* The second thread lives on when main has ended. */
static void run_without_the_first_thread(int line)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, tell_when_the_first_thread_has_ended, &line) != 0)
        _exit(1);
    syscall(SYS_exit, 0); /* the thread alone; newer sanitizers end the process in pthread_exit */
}

TEST(a_process_whose_first_thread_ended_is_there)
{
    int line[2];
    char told;
    assert_int_equal(pipe(line), 0);
    pid_t child = fork();
    if (child == 0)
        run_without_the_first_thread(line[1]);
    assert_true(child > 0);
    close(line[1]);
    assert_int_equal(read(line[0], &told, 1), 1);
    assert_int_not_equal(process_started(child), 0);
    assert_int_equal(kill(child, SIGKILL), 0);
    wait_for_end(child);
    assert_int_equal(process_started(child), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    close(line[0]);
}

static void use_proc_again(void)
{
    process_use_directory(-1);
}

TEST_WITH(NULL, use_proc_again, a_procfs_that_is_mounted_nowhere_has_the_processes)
{
    int proc = procfs_open();
    assert_true(proc >= 0);
    process_use_directory(proc);
    assert_int_equal(process_find(getpid()), getpid());
    assert_int_not_equal(process_started(getppid()), 0);
    assert_true(process_is_ending(999999999));
    close(proc);
}

/* As with hidepid=, where the processes of others have no directory. */
TEST_WITH(NULL, use_proc_again, a_thread_that_proc_does_not_show_is_not_taken_for_ended)
{
    int empty = folder_make();
    process_use_directory(empty);
    assert_false(process_is_ending(getpid()));
    assert_int_equal(process_find(getpid()), 0);
    folder_remove(empty);
}

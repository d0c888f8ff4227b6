#include "fs/host/own_files.h"

#include <errno.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

#include "fs/host/clock.h"
#include "fs/host/thread.h"

enum { STACK_SIZE = 64 * 1024, CLOSE_LIMIT_MS = 1000 };

/* The thread that closes what is in the other table. */
static struct {
    sem_t go, done;
    int alone;       /* -1: the tables are one */
    atomic_bool set; /* the thread waits for the end */
} other;

static void other_wait(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0 && errno == EINTR)
        continue;
}

static void *other_run(void *unused)
{
    other_wait(&other.go);
    if (other.alone < 0)
        return unused;
    close(other.alone);
    sem_post(&other.done);
    other_wait(&other.go);
    close_range(STDERR_FILENO + 1, ~0U, 0);
    sem_post(&other.done);
    return unused;
}

int own_files_begin(int alone)
{
    pthread_t thread;
    other.alone = alone;
    if (sem_init(&other.go, 0, 0) != 0 || sem_init(&other.done, 0, 0) != 0)
        return -1;
    int error = thread_start(&thread, "files", STACK_SIZE, other_run, NULL);
    if (error != 0) {
        errno = error;
        return -1;
    }
    (void)pthread_detach(thread);
    if (unshare(CLONE_FILES) != 0) {
        error = errno;
        other.alone = -1;
        sem_post(&other.go);
        errno = error;
        return -1;
    }
    sem_post(&other.go);
    other_wait(&other.done);
    atomic_store(&other.set, true);
    return 0;
}

/* Closing the last descriptor of a file may wait for its filesystem. */
static void other_close_all(void)
{
    if (!atomic_exchange(&other.set, false))
        return;
    const struct timespec until = clock_timespec(clock_ms(CLOCK_MONOTONIC) + CLOSE_LIMIT_MS);
    sem_post(&other.go);
    while (sem_clockwait(&other.done, CLOCK_MONOTONIC, &until) != 0 && errno == EINTR)
        continue;
}

void own_files_close_all(void)
{
    other_close_all();
    close_range(STDERR_FILENO + 1, ~0U, 0);
}

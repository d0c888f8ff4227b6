/*
 * process: what /proc tells about a process, as far as it still lives.
 */
#ifndef CERTFS_FS_HOST_PROCESS_H
#define CERTFS_FS_HOST_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { PROCESS_NAME_SIZE = 64 };

/* Values of `login` that are no user: nobody logged in (proc(5)), and /proc did not say. */
#define PROCESS_NO_LOGIN ((int64_t)-1)
#define PROCESS_LOGIN_UNKNOWN ((int64_t)-2)

struct process {
    pid_t pid;
    uint64_t started; /* in clock ticks since boot; 0: not known */
    int64_t login;    /* the user that logged in, whoever the process became since; or one of the above */
    /* Its name, any bytes: whoever runs it chooses them. "" where it could not be found out. */
    char program[PROCESS_NAME_SIZE];
};

/*
 * The process that a thread belongs to. The thread should wait for us: of one that is gone, `pid` is the thread's
 * number and the rest is not known. Nothing that is read here waits for the process.
 */
void process_of_thread(pid_t thread, struct process *ret);

/* The id of the process that a thread belongs to; 0 when the thread is gone, or /proc does not show it. */
pid_t process_find(pid_t thread);

/* Whether this thread is gone, or was killed and ends as soon as the kernel lets it. */
bool process_is_ending(pid_t thread);

/* When the process started, in clock ticks since boot; 0 when it has ended, also while its parent has not asked yet. */
uint64_t process_started(pid_t pid);

#endif

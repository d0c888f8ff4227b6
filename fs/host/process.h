/*
 * process: information about running processes from /proc, and the end of a child.
 */
#ifndef CERTFS_FS_HOST_PROCESS_H
#define CERTFS_FS_HOST_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/cleanup.h"

enum { PROCESS_NAME_SIZE = 64 };

/* Values of `login` that are not users: no login (proc(5), loginuid), and unknown. */
#define PROCESS_NO_LOGIN ((int64_t)-1)
#define PROCESS_LOGIN_UNKNOWN ((int64_t)-2)

struct process {
    pid_t pid;
    uint64_t started;                /* in clock ticks since boot; 0: not known */
    int64_t login;                   /* the user that logged in, also behind sudo; or one of the above */
    char program[PROCESS_NAME_SIZE]; /* any bytes, which the process chooses; "" if unknown */
};

/* From then on /proc is this directory, borrowed (procfs.h). Call it before there are threads. */
void process_use_directory(int fd);

/*
 * The process of a thread, which should be blocked in a request to us: of a thread that has ended, `pid` is the
 * thread's id and the rest is unknown. Never blocks on the process.
 */
void process_of_thread(pid_t thread, struct process *ret);

/* The process id of a thread; 0 if the thread has ended or /proc does not show it. */
pid_t process_find(pid_t thread);

/* Whether this thread has ended or has SIGKILL pending; false if /proc does not show other processes. */
bool process_is_ending(pid_t thread);

/* The real user of the process; (uid_t)-1 if it has ended. */
uid_t process_user(pid_t pid);

/* When the process started, in clock ticks since boot; 0 if it has ended, zombies included. */
uint64_t process_started(pid_t pid);

/* Reads /proc/PID/status, also of a thread, as far as it fits: "" if it has ended, or /proc does not show it. */
void process_read_status(pid_t thread, char *ret, size_t size);

/* The text of a status behind a label, which begins with a line feed and ends with a colon and a tab; "" without it. */
const char *process_status_value(const char *status, const char *label);

/* Waits up to `limit_ms` for the end of this child, and reaps it. False if it still runs, or the kernel holds it. */
MUST_CHECK bool process_reap(pid_t child, int limit_ms);

#endif

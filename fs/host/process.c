#include "fs/host/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* Set once, before there are threads. */
static int process_directory = -1;

void process_use_directory(int fd)
{
    process_directory = fd;
}

/* Opens a path below /proc. */
static int process_open(const char *path)
{
    char whole[64];
    if (process_directory >= 0)
        return openat(process_directory, path, O_RDONLY | O_CLOEXEC);
    snprintf(whole, sizeof(whole), "/proc/%s", path);
    return open(whole, O_RDONLY | O_CLOEXEC);
}

/* Reads a file of /proc/PID; "" if there is none. */
static void process_read_file(pid_t pid, const char *file, char *ret, size_t size)
{
    char path[40];
    snprintf(path, sizeof(path), "%d/%s", (int)pid, file);
    CLEANUP(close_fd) int fd = process_open(path);
    ssize_t length = fd < 0 ? 0 : read(fd, ret, size - 1);
    ret[length > 0 ? length : 0] = '\0';
}

void process_read_status(pid_t thread, char *ret, size_t size)
{
    process_read_file(thread, "status", ret, size);
}

const char *process_status_value(const char *status, const char *label)
{
    const char *found = strstr(status, label);
    return found == NULL ? "" : found + strlen(label);
}

/* The first number behind a label of the status. */
static long process_status_number(pid_t thread, const char *label, long otherwise)
{
    char status[512];
    process_read_status(thread, status, sizeof(status));
    const char *value = process_status_value(status, label);
    return *value == '\0' ? otherwise : strtol(value, NULL, 10);
}

pid_t process_find(pid_t thread)
{
    return (pid_t)process_status_number(thread, "\nTgid:\t", 0);
}

uid_t process_user(pid_t pid)
{
    return (uid_t)process_status_number(pid, "\nUid:\t", -1);
}

/* False with hidepid= (proc(5)), where a process that cannot be seen may well be there. */
static bool process_shows_all(void)
{
    char status[16];
    process_read_status(1, status, sizeof(status));
    return status[0] != '\0';
}

/* The kernel ends a process by making SIGKILL pending for each of its threads, whatever the signal was. */
bool process_is_ending(pid_t thread)
{
    char status[2048];
    process_read_status(thread, status, sizeof(status));
    if (status[0] == '\0')
        return process_shows_all();
    return (strtoull(process_status_value(status, "\nSigPnd:\t"), NULL, 16) >> (SIGKILL - 1) & 1) != 0;
}

/* Field numbers of proc_pid_stat(5). */
enum { STAT_STATE = 3, STAT_THREADS = 20, STAT_STARTED = 22 };

/* Field 2, the name, may hold blanks and parentheses, so fields are counted from the last parenthesis. */
static const char *process_stat_field(const char *stat, int number)
{
    const char *field = strrchr(stat, ')');
    for (int i = 2; field != NULL && i < number; i++)
        field = strchr(field + 1, ' ');
    return field == NULL ? "" : field + 1;
}

/* A process whose first thread is a zombie still runs if it has other threads. */
static bool process_is_over(const char *stat)
{
    char state = process_stat_field(stat, STAT_STATE)[0];
    bool ended = state == 'Z' || state == 'X' || state == 'x';
    return ended && strtoull(process_stat_field(stat, STAT_THREADS), NULL, 10) <= 1;
}

uint64_t process_started(pid_t pid)
{
    char stat[1024];
    process_read_file(pid, "stat", stat, sizeof(stat));
    return process_is_over(stat) ? 0 : strtoull(process_stat_field(stat, STAT_STARTED), NULL, 10);
}

static int64_t process_find_login(pid_t pid)
{
    char text[32], *end;
    process_read_file(pid, "loginuid", text, sizeof(text));
    unsigned long number = strtoul(text, &end, 10);
    if (end == text)
        return PROCESS_LOGIN_UNKNOWN;
    return (uid_t)number == (uid_t)-1 ? PROCESS_NO_LOGIN : (int64_t)number;
}

/* The kernel appends a line feed; the name may hold others. */
static void process_find_program(pid_t pid, char ret[static PROCESS_NAME_SIZE])
{
    process_read_file(pid, "comm", ret, PROCESS_NAME_SIZE);
    size_t length = strlen(ret);
    if (length > 0 && ret[length - 1] == '\n')
        ret[length - 1] = '\0';
}

void process_of_thread(pid_t thread, struct process *ret)
{
    pid_t pid = process_find(thread);
    *ret = (struct process){.pid = thread, .login = PROCESS_LOGIN_UNKNOWN};
    if (pid == 0)
        return;
    ret->pid = pid;
    ret->started = process_started(pid);
    ret->login = process_find_login(pid);
    process_find_program(pid, ret->program);
}

bool process_reap(pid_t child, int limit_ms)
{
    CLEANUP(close_fd) int end = limit_ms > 0 ? pidfd_open(child, 0) : -1;
    struct pollfd wait = {.fd = end, .events = POLLIN};
    if (end >= 0)
        (void)poll(&wait, 1, limit_ms);
    return waitpid(child, NULL, WNOHANG) == child;
}

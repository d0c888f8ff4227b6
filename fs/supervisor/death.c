#include "fs/supervisor/death.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "fs/state/notifier.h"

enum { PATH_SIZE = 64, TEXT_SIZE = 512 };

static void death_close_list(DIR **list)
{
    if (*list != NULL)
        closedir(*list);
}

/* "" if the thread is gone, or the kernel does not show it. */
static void death_read(int tasks, const char *thread, const char *file, char ret[static TEXT_SIZE])
{
    char path[PATH_SIZE];
    snprintf(path, sizeof(path), "%.20s/%s", thread, file);
    CLEANUP(close_fd) int fd = openat(tasks, path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? 0 : read(fd, ret, TEXT_SIZE - 1);
    ret[length > 0 ? length : 0] = '\0';
}

/* A rename or an unlink that goes on later would change what the next worker has read. */
static bool death_is_harmless(int tasks, const char *thread, const char *stat)
{
    static const long calls[] = {SYS_fsync, SYS_fdatasync};
    char call[TEXT_SIZE];
    if (strstr(stat, " (" NOTIFIER_THREAD_NAME ") ") != NULL)
        return true;
    death_read(tasks, thread, "syscall", call);
    char *end;
    long number = strtol(call, &end, 10);
    for (size_t i = 0; end != call && i < sizeof(calls) / sizeof(calls[0]); i++)
        if (number == calls[i])
            return true;
    return false;
}

/* The name may hold parentheses, so the state is behind the last one (proc_pid_stat(5)). */
static bool death_of_thread(int tasks, const char *thread)
{
    char stat[TEXT_SIZE];
    death_read(tasks, thread, "stat", stat);
    const char *name_end = strrchr(stat, ')');
    char state = name_end == NULL || name_end[1] == '\0' ? 'X' : name_end[2];
    return state == 'Z' || state == 'X' || (state == 'D' && death_is_harmless(tasks, thread, stat));
}

bool death_is_over(pid_t pid, int end)
{
    char path[PATH_SIZE];
    struct pollfd wait = {.fd = end, .events = POLLIN};
    if (end >= 0 && poll(&wait, 1, 0) > 0)
        return true;
    snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    CLEANUP(death_close_list) DIR *list = opendir(path);
    const struct dirent *entry;
    size_t threads = 0;
    while (list != NULL && (entry = readdir(list)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        threads++;
        if (!death_of_thread(dirfd(list), entry->d_name))
            return false;
    }
    return threads > 0;
}

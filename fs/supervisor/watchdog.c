#include "fs/supervisor/watchdog.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/cleanup.h"

enum watchdog_deed watchdog_tick(struct watchdog *watchdog, const struct watchdog_look *look)
{
    bool busy = look->pending || look->progress % 2 != 0;
    bool still = busy && look->progress == watchdog->progress && !look->traced;
    watchdog->moved = busy || look->progress != watchdog->progress;
    watchdog->progress = look->progress;
    watchdog->still = still ? watchdog->still + 1 : 0;
    if (watchdog->still >= WATCHDOG_TICKS)
        return WATCHDOG_KILL;
    return busy && look->state == 'T' ? WATCHDOG_WAKE : WATCHDOG_NOTHING;
}

void watchdog_alert(struct watchdog *watchdog)
{
    watchdog->moved = true;
}

bool watchdog_is_idle(const struct watchdog *watchdog)
{
    return !watchdog->moved;
}

/* Returns the text behind a label of /proc/PID/status; "" without it. */
static const char *watchdog_find(const char *status, const char *label)
{
    const char *found = strstr(status, label);
    return found == NULL ? "" : found + strlen(label);
}

void watchdog_look_at(pid_t pid, struct watchdog_look *look)
{
    char path[40], status[1024];
    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? 0 : read(fd, status, sizeof(status) - 1);
    status[length > 0 ? length : 0] = '\0';
    look->state = watchdog_find(status, "\nState:\t")[0];
    look->traced = strtol(watchdog_find(status, "\nTracerPid:"), NULL, 10) != 0;
}

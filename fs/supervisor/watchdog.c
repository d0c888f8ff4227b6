#include "fs/supervisor/watchdog.h"

#include <stdlib.h>

#include "fs/host/process.h"

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

void watchdog_look_at(pid_t pid, struct watchdog_look *look)
{
    char status[1024];
    process_read_status(pid, status, sizeof(status));
    look->state = process_status_value(status, "\nState:\t")[0];
    look->traced = strtol(process_status_value(status, "\nTracerPid:\t"), NULL, 10) != 0;
}
